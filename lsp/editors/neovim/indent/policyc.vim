" Indentation of policies: a step for each open bracket, and one for lines that carry a statement on.

if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=PolicycIndent(v:lnum)
setlocal indentkeys=0{,0},0],0),!^F,o,O
let b:undo_indent = 'setlocal indentexpr< indentkeys<'

if exists('*PolicycIndent')
  finish
endif

" The line without strings and comments.
function! s:bare(line) abort
  let l:text = substitute(a:line, '"\%([^"\\]\|\\.\)*"\?', '""', 'g')
  return substitute(l:text, '//.*', '', '')
endfunction

" The last line before `lnum` that holds more than a comment.
function! s:previous(lnum) abort
  let l:lnum = prevnonblank(a:lnum - 1)
  while l:lnum > 0 && s:bare(getline(l:lnum)) =~# '^\s*$'
    let l:lnum = prevnonblank(l:lnum - 1)
  endwhile
  return l:lnum
endfunction

" Whether a statement ends, or a bracket opens, at the end of the line.
function! s:complete(text) abort
  return a:text =~# '[;{}\[(]\s*$'
endfunction

function! PolicycIndent(lnum) abort
  let l:last = s:previous(a:lnum)
  if l:last == 0
    return 0
  endif
  let l:text = s:bare(getline(l:last))
  let l:step = shiftwidth()
  let l:closes = getline(a:lnum) =~# '^\s*[]})]'
  let l:before = s:previous(l:last)
  let l:carried = l:before > 0 && !s:complete(s:bare(getline(l:before))) && l:text !~# '^\s*[]})]'

  if l:text =~# '[{\[(]\s*$'
    return indent(l:last) + (l:closes ? 0 : l:step)
  endif
  if l:text =~# ';\s*$' || l:text =~# '}\s*$'
    " The end of a carried statement: back to where it began.
    let l:at = indent(l:last) - (l:carried ? l:step : 0)
    return max([0, l:at - (l:closes ? l:step : 0)])
  endif
  if l:closes
    return max([0, indent(l:last) - l:step])
  endif
  " Within brackets an item stands under the one before; a statement is carried on one step further in, once.
  if l:carried || l:text =~# ',\s*$' && l:text !~# '^\s*\%(allow\|deny\|hide\|limit\|require\|assert\|group\)\>'
    return indent(l:last)
  endif
  return indent(l:last) + l:step
endfunction
