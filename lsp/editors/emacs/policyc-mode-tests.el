;;; policyc-mode-tests.el --- Tests of policyc-mode  -*- lexical-binding: t; -*-

;; emacs --batch -Q -L . -l policyc-mode-tests.el -f ert-run-tests-batch-and-exit

;;; Code:

(require 'ert)
(require 'imenu)
(require 'policyc-mode)

(defmacro policyc-tests--with (text &rest body)
  "Run BODY in a policy with TEXT."
  (declare (indent 1))
  `(with-temp-buffer
     (insert ,text)
     (policyc-mode)
     (font-lock-ensure)
     (goto-char (point-min))
     ,@body))

(defun policyc-tests--face (before text)
  "The face of the last character of TEXT, which stands behind BEFORE."
  (goto-char (point-min))
  (search-forward (concat before text))
  (get-text-property (1- (point)) 'face))

(ert-deftest policyc-file-name ()
  (should (eq (assoc-default "a/b.pol" auto-mode-alist #'string-match-p) 'policyc-mode)))

(ert-deftest policyc-faces ()
  (policyc-tests--with
      "/// What it is for.
// A remark, deny \"x\"
server shop from \"catalogues/shop.json\";
let most = 50_000;
let ways = [\"a\\n\", true];
group mail = send_mail, *_message, @read, shop::x except limit.y, deny-all;
deny *;
limit total @mail 30/2min of args.items[0].test per caller.team when has args.a as \"m\" because \"r // s\";
limit send_mail 5/hour per server;
require length(args.c) <= 5 for b unless args.d contains \"x\";
assert allow x for valid calls;
test \"t\" { call shop::x {\"k\": -1.5} times 2->deny \"y\"; wait 1min; }
require approval by \"finance\" for by when every args.to[*].email like [\"z*\"];
test \"u\" { call refund {} approved -> allow; }
deny after;
"
    (dolist (case '(("" "/// What" font-lock-doc-face)
                    ("" "// A remark" font-lock-comment-face)
                    ("remark, " "deny" font-lock-comment-face)
                    ("" "server" font-lock-keyword-face)
                    ("server " "shop" font-lock-constant-face)
                    ("shop " "from" font-lock-keyword-face)
                    ("from " "\"cat" font-lock-string-face)
                    ("let " "most" font-lock-constant-face)
                    (", " "true" font-lock-constant-face)
                    ("group " "mail" font-lock-type-face)
                    ("= " "send_mail" font-lock-function-name-face)
                    (", " "*_message" font-lock-preprocessor-face)
                    (", " "@read" font-lock-type-face)
                    (", " "shop" font-lock-constant-face)
                    ("::" "x" font-lock-function-name-face)
                    ("except " "limit.y" font-lock-function-name-face)
                    (", " "deny-all" font-lock-function-name-face)
                    ("deny " "*" font-lock-preprocessor-face)
                    ("limit " "total" font-lock-keyword-face)
                    ("/2" "min" font-lock-type-face)
                    ("5/" "hour" font-lock-type-face)
                    ("of " "args.items" font-lock-variable-name-face)
                    ("0]." "test" font-lock-variable-name-face)
                    ("per " "caller" font-lock-variable-name-face)
                    ("when " "has" font-lock-builtin-face)
                    ("r // " "s" font-lock-string-face)
                    ("per " "server" font-lock-keyword-face)
                    ("require " "length" font-lock-builtin-face)
                    ("for " "b" font-lock-function-name-face)
                    ("args.d " "contains" font-lock-builtin-face)
                    ("for " "valid" font-lock-keyword-face)
                    ("valid " "calls" font-lock-keyword-face)
                    ("{" "\"k\"" font-lock-variable-name-face)
                    ("->" "deny" font-lock-keyword-face)
                    ("wait 1" "min" font-lock-type-face)
                    ("approval " "by" font-lock-keyword-face)
                    ("for " "by" font-lock-function-name-face)
                    ("[" "*" font-lock-preprocessor-face)
                    ("]." "email" font-lock-variable-name-face)
                    ("} " "approved" font-lock-keyword-face)
                    ("deny " "after" font-lock-keyword-face)))
      (ert-info ((format "%s" case))
        (should (eq (policyc-tests--face (nth 0 case) (nth 1 case)) (nth 2 case)))))
    (dolist (case '(("= " "50_000") ("mail " "30") ("[" "0") (": " "-1.5") ("times " "2")))
      (ert-info ((format "%s" case))
        (should (eq (policyc-tests--face (nth 0 case) (nth 1 case)) policyc--number-face))))))

(ert-deftest policyc-comments ()
  (policyc-tests--with "allow a;\n"
    (comment-region (point-min) (point-max))
    (should (string= (buffer-string) "// allow a;\n"))
    (uncomment-region (point-min) (point-max))
    (should (string= (buffer-string) "allow a;\n"))))

(defun policyc-tests--reindented (text)
  "TEXT with all its indentation made anew."
  (policyc-tests--with (replace-regexp-in-string "^[ \t]+" "" text)
    (let ((inhibit-message t))
      (indent-region (point-min) (point-max)))
    (buffer-string)))

(ert-deftest policyc-indentation ()
  (let ((text "deny create_charge
  when args.currency == \"EUR\" // ;
    or args.note matches \"x\"
      and not has args.reference
  because \"large\";
limit total
    a,
    b
  1_000/hour;
let many = [
  \"AT\", \"[\",
  \"BE\"
];
policy a {
  // own
  test \"t\" {
    call x {
      \"a\": [
        1
      ]
    }
      -> deny;
  }
  allow y
  deny z;
}
"))
    (should (string= (policyc-tests--reindented text) text))))

(ert-deftest policyc-indentation-is-the-formatter-s ()
  "The policies of the folders in POLICYC_FORMATTED, as `policyc fmt' left them."
  (let ((folders (getenv "POLICYC_FORMATTED")))
    (skip-unless folders)
    (dolist (folder (split-string folders ":" t))
      (dolist (file (directory-files-recursively folder "\\.pol\\'"))
        (ert-info (file)
          (let ((text (with-temp-buffer (insert-file-contents file) (buffer-string))))
            (should (string= (policyc-tests--reindented text) text))))))))

(ert-deftest policyc-index ()
  (policyc-tests--with "let a = 1;\ngroup b = x;\npolicy c {\n  test \"d e\" {}\n}\n"
    (let ((index (imenu--make-index-alist t)))
      (should (equal (sort (mapcar #'car index) #'string<) '("*Rescan*" "Groups" "Policies" "Tests" "Values")))
      (should (equal (caar (cdr (assoc "Tests" index))) "d e")))))

(ert-deftest policyc-eglot ()
  (skip-unless (require 'eglot nil t))
  (let ((entry (seq-find (lambda (entry) (equal (car entry) '(policyc-mode :language-id "policyc")))
                         eglot-server-programs)))
    (should entry)
    (should (equal (funcall (cdr entry) nil nil) '("policyc" "lsp")))))

(defvar policyc-tests--stand-in
  (expand-file-name "../neovim/test/server.mjs" (file-name-directory (or load-file-name buffer-file-name)))
  "A server that answers with what it was asked.")

(defmacro policyc-tests--with-server (command name text &rest body)
  "Run BODY in a file NAME with TEXT, of which the server knows that COMMAND starts."
  (declare (indent 3))
  `(let* ((folder (file-name-as-directory (make-temp-file "policyc" t)))
          (file (expand-file-name ,name folder))
          (policyc-server-command ,command)
          (project-find-functions (list (lambda (_) (cons 'transient folder)))))
     (with-temp-file file (insert ,text))
     (with-current-buffer (find-file-noselect file)
       (unwind-protect
           (let ((inhibit-message t))
             (apply #'eglot--connect (eglot--guess-contact))
             (with-timeout (10 (ert-fail "the server does not start"))
               (while (not (eglot-current-server)) (accept-process-output nil 0.05)))
             (eglot--signal-textDocument/didOpen)
             ,@body)
         (when (eglot-current-server) (eglot-shutdown (eglot-current-server)))
         (set-buffer-modified-p nil)
         (kill-buffer)
         (delete-directory folder t)))))

(ert-deftest policyc-commands ()
  (skip-unless (and (require 'eglot nil t) (executable-find "node")))
  (policyc-tests--with-server (list "node" policyc-tests--stand-in) "a b.pol" "deny *;\n"
    (policyc-artefact "intercept")
    (with-current-buffer "*policyc artefact*"
      (should (string-match-p "\"intercept\"" (buffer-string)))
      (should (string-match-p "deny \\*" (buffer-string))))
    (policyc-test "one")
    (with-current-buffer "*policyc tests*"
      (should (string= (buffer-string)
                       "0 passed, 1 failed\na b.pol:2: FAILED: of one\n    one\n    two"))
      (should (eq major-mode 'compilation-mode)))
    (should (string= (policyc-call "{\"name\": \"x\", \"arguments\": {}}") "allow  x"))))

(ert-deftest policyc-with-its-server ()
  "The server that is beside the compiler of the variable POLICYC."
  (let ((program (getenv "POLICYC")))
    (skip-unless (and program (not (string= program "")) (require 'eglot nil t)))
    (policyc-tests--with-server (list program "lsp") "a.pol"
        "deny *;\nallow a;\ntest \"t\" {\n  call a -> deny;\n}\n"
      (policyc-artefact)
      (with-current-buffer "*policyc artefact*"
        (should (equal (json-parse-string (buffer-string) :object-type 'plist)
                       '(:version "1" :default "deny" :tools (:a nil)))))
      (policyc-test)
      (with-current-buffer "*policyc tests*"
        (should (string-match-p "^0 passed, 1 failed\na.pol:[34]: FAILED: t$" (buffer-string))))
      (should (string-prefix-p "deny  " (policyc-call "{\"name\": \"b\", \"arguments\": {}}"))))))

;;; policyc-mode-tests.el ends here
