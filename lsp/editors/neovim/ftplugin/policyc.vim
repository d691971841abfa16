" Options for policies. Works in Vim too; the language server is for Neovim.

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:///,://
setlocal commentstring=//\ %s
" Comments wrap and go on in the next line; statements are left to `policyc fmt`.
setlocal formatoptions-=t formatoptions+=croql
setlocal expandtab shiftwidth=2 softtabstop=2 textwidth=100
setlocal suffixesadd=.pol

" `import "x"` and `server s from "x"` are what `gf` and `[i` follow.
let &l:include = '^\s*\%(import\|server\s\+\S\+\s\+from\)\s\+"'
" `let x`, `group x` and `policy x` are definitions.
let &l:define = '^\s*\%(let\|group\|policy\)'

" Blocks, tests, lists and JSON fold where they span lines. All is open at first.
setlocal foldmethod=syntax foldlevel=99

let b:match_words = '{:},\[:\],(:)'

let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< expandtab< shiftwidth< softtabstop< '
      \ . 'textwidth< suffixesadd< include< define< foldmethod< foldlevel< | unlet! b:match_words'

if has('nvim-0.7')
  lua require('policyc').attach()
  let b:undo_ftplugin .= ' | silent! delcommand -buffer PolicycArtefact | silent! delcommand -buffer PolicycTest'
        \ . ' | silent! delcommand -buffer PolicycCall'
endif
