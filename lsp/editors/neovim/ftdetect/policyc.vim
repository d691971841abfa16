autocmd BufRead,BufNewFile *.pol setlocal filetype=policyc
