;;; policyc-mode.el --- Policies about MCP tool calls  -*- lexical-binding: t; -*-

;; Author: The policyc authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: languages
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; A major mode for the policies (*.pol) of the compiler policyc: colours, comments, indentation as `policyc fmt'
;; writes it, an index of definitions, and its language server by way of Eglot (part of Emacs 29; a package before).
;;
;;   (require 'policyc-mode)
;;   (add-hook 'policyc-mode-hook #'eglot-ensure)

;;; Code:

(require 'json)
(require 'url-util)

(declare-function eglot-current-server "eglot")
(declare-function jsonrpc-request "jsonrpc")
(defvar eglot-server-programs)

(defgroup policyc nil
  "Policies about MCP tool calls."
  :group 'languages
  :prefix "policyc-")

(defcustom policyc-indent-offset 2
  "Columns of one step of indentation."
  :type 'integer
  :safe #'integerp)

(defcustom policyc-server-command '("policyc" "lsp")
  "The language server and its arguments."
  :type '(repeat string))

;;;; Words

(eval-and-compile
  (defconst policyc--keywords
    '("server" "from" "import" "let" "group" "policy" "allow" "deny" "hide" "limit" "total" "of" "per" "require"
      "approval" "for" "when" "unless" "because" "except" "as" "assert" "test" "call" "times" "wait")
    "Keywords of statements and their clauses.")
  (defconst policyc--operators
    '("and" "or" "not" "has" "in" "contains" "like" "matches" "every" "some" "length")
    "Keywords of conditions.")
  (defconst policyc--reserved '("after" "before" "within" "during" "until")
    "Keywords that nothing can be written with yet.")
  (defconst policyc--constants '("true" "false" "null")
    "Keywords that are values.")
  (defconst policyc--name "[A-Za-z_]\\(?:[A-Za-z0-9_.-]*[A-Za-z0-9_]\\)?"
    "A name of a tool, a path, or a declaration."))

(defvar policyc-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "\\" table)
    ;; Parts of words: `limit.x', `deny-all' and `allow_*' are no keywords.
    (dolist (character '(?_ ?. ?- ?* ?@))
      (modify-syntax-entry character "_" table))
    (dolist (character '(?= ?! ?< ?> ?: ?\; ?,))
      (modify-syntax-entry character "." table))
    table)
  "Syntax table of `policyc-mode'.")

;;;; Colours

(defconst policyc--number-face
  (if (facep 'font-lock-number-face) 'font-lock-number-face 'font-lock-constant-face)
  "The face of numbers; Emacs has one of their own since 29.")

(defconst policyc-font-lock-keywords
  (let ((name policyc--name))
    `(;; Keys of JSON are strings before a colon.
      ("\\(\"\\(?:[^\"\\\n]\\|\\\\.\\)*\"\\)[ \t]*:[^:]" 1 font-lock-variable-name-face t)
      (,(concat "\\_<let\\_>[ \t\n]+\\(" name "\\)") 1 font-lock-constant-face)
      (,(concat "\\_<group\\_>[ \t\n]+\\(" name "\\)") 1 font-lock-type-face)
      (,(concat "\\_<policy\\_>[ \t\n]+\\(" name "\\)") 1 font-lock-constant-face)
      (,(concat "\\_<server\\_>[ \t\n]+\\(" name "\\)[ \t\n]+from\\_>") 1 font-lock-constant-face)
      ("\\_<per\\_>[ \t\n]+\\(grant\\)\\_>" 1 font-lock-keyword-face)
      ("\\_<for\\_>[ \t\n]+\\(valid\\)[ \t\n]+\\(calls\\)\\_>" (1 font-lock-keyword-face) (2 font-lock-keyword-face))
      ("\\_<approval\\_>[ \t\n]+\\(by\\)\\_>" 1 font-lock-keyword-face)
      ;; Only behind a tool: a tool may have this name.
      ("\\(?:[\"}]\\|\\_<[A-Za-z0-9_.-]+\\_>\\)[ \t\n]+\\(approved\\)[ \t\n]*\\(?:->\\|\\_<\\(?:from\\|as\\|times\\)\\_>\\)"
       1 font-lock-keyword-face)
      (,(concat "\\_<" (regexp-opt (append policyc--keywords policyc--reserved) t) "\\_>") 1 font-lock-keyword-face)
      (,(concat "\\_<" (regexp-opt policyc--operators t) "\\_>") 1 font-lock-builtin-face)
      (,(concat "\\_<" (regexp-opt policyc--constants t) "\\_>") 1 font-lock-constant-face)
      (,(concat "\\(" name "\\)[ \t]*::") 1 font-lock-constant-face)
      (,(concat "@" name) 0 font-lock-type-face)
      ;; Numbers, and the unit behind one or behind the slash of a rate.
      (,(concat "\\(?:/[ \t]*\\|\\_<-?[0-9][0-9_]*[ \t]*\\)"
                "\\(s\\|m\\|h\\|d\\|\\(?:sec\\|second\\|min\\|minute\\|hour\\|day\\)s?\\)\\_>")
       1 font-lock-type-face)
      ("\\(?:^\\|[^A-Za-z0-9_.*-]\\)\\(-?[0-9][0-9_]*\\(?:\\.[0-9][0-9_]*\\)?\\(?:[eE][+-]?[0-9]+\\)?\\)"
       1 policyc--number-face)
      ("\\_<\\(?:args\\|caller\\)\\(?:\\.[A-Za-z0-9_.-]*[A-Za-z0-9_]\\)?" 0 font-lock-variable-name-face)
      (,(concat "\\][ \t\n]*\\.\\(" name "\\)") 1 font-lock-variable-name-face)
      ;; Globs and `*'.
      ("\\_<[A-Za-z0-9_.-]*\\*[A-Za-z0-9_.*-]*" 0 font-lock-preprocessor-face)
      (,(concat "\\_<" name) 0 font-lock-function-name-face)))
  "Colours of `policyc-mode'.")

(defun policyc--syntactic-face (state)
  "The face of the comment or string that STATE is in."
  (cond ((nth 3 state) font-lock-string-face)
        ((save-excursion (goto-char (nth 8 state)) (looking-at-p "///")) font-lock-doc-face)
        (t font-lock-comment-face)))

;;;; Indentation

(defconst policyc--begin
  '("import" "let" "group" "policy" "allow" "deny" "hide" "limit" "require" "assert" "test" "call" "wait")
  "Words that begin a statement.")

(defconst policyc--before-tools '("allow" "deny" "hide" "limit" "total" "for" "=")
  "Words that a list of tools follows.")

(defconst policyc--token
  "\"\\(?:[^\"\\\n]\\|\\\\.\\)*\"?\\|//.*\\|->\\|[A-Za-z_@*][A-Za-z0-9_.*-]*\\|[^ \t\n]"
  "A token, as far as indentation tells them apart.")

(defun policyc--state (end)
  "What is open at END: a list of brackets, and the statement.
A bracket is a list of the column of its line, whether it is a
block, and the statement around it.  A statement is a property
list of :at (column), :word, :line, :last (token), :last-at,
:last-line and :or (whether the last operator at the beginning of
a line was `or')."
  (save-excursion
    (goto-char (point-min))
    (let ((open nil) (statement nil) (line 0) (line-end 0) (at 0) (first nil))
      (while (and (< (point) end) (re-search-forward policyc--token end t))
        (let ((token (match-string-no-properties 0))
              (in-block (or (null open) (nth 1 (car open)))))
          (when (> (match-beginning 0) line-end)
            (setq line (line-number-at-pos) line-end (line-end-position) at (current-indentation) first t))
          (when (= line 0)
            (setq line 1 line-end (line-end-position) at (current-indentation) first t))
          (unless (string-prefix-p "//" token)
            (cond
             ((member token '("{" "[" "("))
              (let ((block (and in-block (string= token "{")
                                (member (plist-get statement :word) '("policy" "test"))
                                t)))
                (push (list at block (copy-sequence statement)) open)
                (when block (setq statement nil))))
             ((member token '("}" "]" ")"))
              (when open
                (let ((closed (pop open)))
                  (setq statement (if (nth 1 closed) nil (nth 2 closed))))))
             ((and in-block (string= token ";"))
              (setq statement nil))
             ((and in-block (null statement))
              (setq statement (list :at at :word token :line line :or nil))))
            (when statement
              (when (and first (not (string= token "and")))
                (setq statement (plist-put statement :or (string= token "or"))))
              (setq statement (plist-put statement :last token))
              (setq statement (plist-put statement :last-at at))
              (setq statement (plist-put statement :last-line line)))
            (setq first nil))))
      (cons open statement))))

(defun policyc--indentation ()
  "The column of the current line."
  (save-excursion
    (beginning-of-line)
    (let* ((state (policyc--state (point)))
           (open (car state))
           (statement (cdr state))
           (at (plist-get statement :at))
           (last (plist-get statement :last))
           (step policyc-indent-offset)
           (base (if open (+ (nth 0 (car open)) step) 0))
           (token (if (looking-at (concat "[ \t]*\\(" policyc--token "\\)"))
                      (match-string-no-properties 1)
                    "")))
      (cond
       ((and open (member token '("}" "]" ")"))) (nth 0 (car open)))
       ((and open (not (nth 1 (car open)))) base)
       ((null statement) base)
       ;; The statement before was left unfinished.
       ((and (member token policyc--begin) (not (member last '("->" "assert")))) base)
       ((and (string-match-p "\\`\\(?:[\"@*A-Za-z_]\\|//\\|\\'\\)" token)
             (string= last ",")
             (not (string= (plist-get statement :word) "let")))
        (if (= (plist-get statement :last-line) (plist-get statement :line))
            (+ at (* 2 step))
          (plist-get statement :last-at)))
       ((and (string-match-p "\\`\\(?:[\"@*A-Za-z_]\\|//\\|\\'\\)" token)
             (member last policyc--before-tools)
             (not (string= (plist-get statement :word) "let"))
             (not (member token '("approval" "total" "except"))))
        (+ (plist-get statement :last-at) (* 2 step)))
       ((string= token "or") (+ at (* 2 step)))
       ((string= token "and") (+ at (* (if (plist-get statement :or) 3 2) step)))
       (t (+ at step))))))

(defun policyc-indent-line ()
  "Indent the current line as `policyc fmt' would."
  (interactive)
  (let ((column (policyc--indentation)))
    (if (<= (current-column) (current-indentation))
        (indent-line-to column)
      (save-excursion (indent-line-to column)))))

;;;; The language server

(defun policyc--request (command &rest arguments)
  "Have the language server execute COMMAND with ARGUMENTS."
  (let ((server (and (fboundp 'eglot-current-server) (eglot-current-server))))
    (unless server
      (user-error "No language server: M-x eglot starts it"))
    (jsonrpc-request server :workspace/executeCommand
                     (list :command command :arguments (apply #'vector (policyc--uri) arguments)))))

(defun policyc--uri ()
  "The address of the file of the current buffer."
  (concat "file://" (url-hexify-string (file-truename buffer-file-name) url-path-allowed-chars)))

(defun policyc--result (file result)
  "The RESULT of a test of FILE as text, with its place as compilers write it."
  (let ((message (plist-get result :message)))
    (concat (format "%s:%d: %s: %s" file (plist-get result :line)
                    (if (eq (plist-get result :passed) t) "passed" "FAILED")
                    (plist-get result :name))
            (when (stringp message)
              (concat "\n    " (replace-regexp-in-string "\n" "\n    " message))))))

(defun policyc--results (file answer)
  "What the server says of the tests of FILE with ANSWER, as text."
  (if (stringp (plist-get answer :problem))
      (plist-get answer :problem)
    (let ((results (append (plist-get answer :results) nil)))
      (if (null results)
          "no tests"
        (concat (format "%d passed, %d failed\n" (plist-get answer :passed) (plist-get answer :failed))
                (mapconcat (lambda (result) (policyc--result file result)) results "\n"))))))

(defun policyc--problem (problem)
  "What a target cannot hold, PROBLEM, as text."
  (let ((line (plist-get problem :line))
        (help (plist-get problem :help)))
    (concat (when (numberp line) (format "line %d: " line))
            (plist-get problem :message)
            (when (stringp help) (concat "\n  " help)))))

(defun policyc--show (name text &optional mode)
  "Show TEXT in the buffer NAME, in MODE, beside the current one."
  (let ((folder default-directory))
    (with-current-buffer (get-buffer-create name)
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert text)
        (goto-char (point-min)))
      (funcall (or mode #'special-mode))
      (setq-local default-directory folder)
      (display-buffer (current-buffer)))))

(defun policyc-artefact (&optional target)
  "Show what the policy compiles to, for TARGET if one is given.
With a prefix argument ask for the target."
  (interactive (list (and current-prefix-arg
                          (completing-read "Target: " '("policylayer" "intercept")))))
  (let* ((result (apply #'policyc--request "policyc.showArtefact" (and target (list target))))
         (text (plist-get result :text))
         (problems (append (plist-get result :problems) nil)))
    (policyc--show "*policyc artefact*"
                   (if (stringp text)
                       text
                     (mapconcat #'policyc--problem problems "\n")))))

(defun policyc-test (&optional name)
  "Run the tests of the file, or the one with NAME.
Enter on a result leads to its place.  With a prefix argument ask for the name."
  (interactive (list (and current-prefix-arg (read-string "Test: "))))
  (let ((answer (apply #'policyc--request "policyc.runTests" (and name (list name)))))
    (policyc--show "*policyc tests*"
                   (policyc--results (file-name-nondirectory buffer-file-name) answer)
                   #'compilation-mode)))

(defun policyc-call (json)
  "Decide the call JSON, an object as `policyc eval' takes it."
  (interactive (list (read-string "Call: " "{\"name\": \"\", \"arguments\": {}}")))
  ;; It goes to the server as it is written, so that its numbers stay exact.
  (let ((answer (policyc--request "policyc.evalCall" json)))
    (message "%s" (mapconcat #'identity
                             (seq-filter #'stringp (mapcar (lambda (key) (plist-get answer key))
                                                           '(:verdict :rule :reason)))
                             "  "))))

;;;; The mode

(defvar policyc-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-a") #'policyc-artefact)
    (define-key map (kbd "C-c C-t") #'policyc-test)
    (define-key map (kbd "C-c C-e") #'policyc-call)
    map)
  "Keys of `policyc-mode'.")

;;;###autoload
(define-derived-mode policyc-mode prog-mode "Policy"
  "Major mode for policies about MCP tool calls.
\\{policyc-mode-map}"
  (setq-local comment-start "// ")
  (setq-local comment-end "")
  (setq-local comment-start-skip "///?[ \t]*")
  (setq-local indent-line-function #'policyc-indent-line)
  (setq-local indent-tabs-mode nil)
  (setq-local fill-column 100)
  (setq-local electric-indent-chars (append "})]" electric-indent-chars))
  (setq-local font-lock-defaults
              '(policyc-font-lock-keywords
                nil nil nil
                (font-lock-syntactic-face-function . policyc--syntactic-face)))
  (setq-local imenu-generic-expression
              `(("Policies" ,(concat "^[ \t]*policy[ \t]+\\(" policyc--name "\\)") 1)
                ("Tests" "^[ \t]*test[ \t]+\"\\([^\"\n]*\\)\"" 1)
                ("Groups" ,(concat "^[ \t]*group[ \t]+\\(" policyc--name "\\)") 1)
                ("Values" ,(concat "^[ \t]*let[ \t]+\\(" policyc--name "\\)") 1)
                ("Servers" ,(concat "^[ \t]*server[ \t]+\\(" policyc--name "\\)") 1))))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.pol\\'" . policyc-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               (cons '(policyc-mode :language-id "policyc")
                     (lambda (&rest _) policyc-server-command))))

(provide 'policyc-mode)

;;; policyc-mode.el ends here
