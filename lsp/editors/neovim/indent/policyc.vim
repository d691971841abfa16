" Indentation of policies, as `policyc fmt` writes them. Where a line breaks is the author's, or the formatter's.

if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=PolicycIndent(v:lnum)
setlocal indentkeys=0{,0},0],0),!^F,o,O,0=or,0=and,0=when,0=unless,0=because,0=except,0=per,0=->
let b:undo_indent = 'setlocal indentexpr< indentkeys<'

if exists('*PolicycIndent')
  finish
endif

let s:begins = ['import', 'let', 'group', 'policy', 'allow', 'deny', 'hide', 'limit', 'require', 'assert', 'test',
      \ 'call', 'wait']
" What a list of tools follows.
let s:before_tools = ['allow', 'deny', 'hide', 'limit', 'total', 'for', '=']

" The tokens of a line; strings are `""`, comments are left out.
function! s:tokens(line) abort
  let l:text = substitute(a:line, '"\%([^"\\]\|\\.\)*"\?\|//.*', '\=submatch(0)[0] ==# "/" ? "" : "\"\""', 'g')
  let l:tokens = []
  call substitute(l:text, '""\|->\|[A-Za-z_@*][A-Za-z0-9_.*-]*\|\S', '\=add(l:tokens, submatch(0))[-1]', 'g')
  return l:tokens
endfunction

" What was found last: the lines of a buffer, and what is open behind each.
let s:known = {'buffer': 0, 'lines': [], 'states': []}

" How many lines of `lines` are still the known ones. Indenting a whole file would else read it for each line.
function! s:unchanged(lines) abort
  if s:known.buffer != bufnr('%')
    return 0
  endif
  let [l:low, l:high] = [0, min([len(a:lines), len(s:known.lines)])]
  while l:low < l:high
    let l:middle = (l:low + l:high + 1) / 2
    if a:lines[: l:middle - 1] ==# s:known.lines[: l:middle - 1]
      let l:low = l:middle
    else
      let l:high = l:middle - 1
    endif
  endwhile
  return l:low
endfunction

" What is open where a line begins: the brackets, and the statement, if one has begun.
function! s:state(lnum) abort
  let l:lines = getline(1, a:lnum - 1)
  let l:same = s:unchanged(l:lines)
  let s:known = {'buffer': bufnr('%'), 'lines': l:lines, 'states': s:known.states[: l:same - 1]}
  if l:same == 0
    let s:known.states = []
  endif
  let [l:open, l:statement] = l:same == 0 ? [[], {}] : deepcopy(s:known.states[l:same - 1])
  for l:number in range(l:same + 1, a:lnum - 1)
    let l:at = indent(l:number)
    let l:first = 1
    for l:token in s:tokens(getline(l:number))
      let l:in_block = empty(l:open) || l:open[-1].block
      if index(['{', '[', '('], l:token) >= 0
        let l:block = l:token ==# '{' && l:in_block && index(['policy', 'test'], get(l:statement, 'word', '')) >= 0
        call add(l:open, {'at': l:at, 'block': l:block, 'statement': l:statement})
        let l:statement = l:block ? {} : copy(l:statement)
      elseif index(['}', ']', ')'], l:token) >= 0
        if !empty(l:open)
          let l:closed = remove(l:open, -1)
          let l:statement = l:closed.block ? {} : l:closed.statement
        endif
      elseif l:token ==# ';' && l:in_block
        let l:statement = {}
      elseif empty(l:statement) && l:in_block
        let l:statement = {'at': l:at, 'word': l:token, 'line': l:number, 'or': 0}
      endif
      if !empty(l:statement)
        if l:first && l:token !=# 'and'
          let l:statement.or = l:token ==# 'or'
        endif
        let l:statement.last = l:token
        let l:statement.last_at = l:at
        let l:statement.last_line = l:number
      endif
      let l:first = 0
    endfor
    call add(s:known.states, deepcopy([l:open, l:statement]))
  endfor
  return [l:open, l:statement]
endfunction

function! PolicycIndent(lnum) abort
  let [l:open, l:statement] = s:state(a:lnum)
  let l:step = shiftwidth()
  let l:token = get(s:tokens(getline(a:lnum)), 0, '')
  if empty(l:token) && getline(a:lnum) =~# '^\s*//'
    let l:token = '//'
  endif

  if !empty(l:open)
    if index(['}', ']', ')'], l:token) >= 0
      return l:open[-1].at
    endif
    if !l:open[-1].block
      return l:open[-1].at + l:step
    endif
  endif
  let l:base = empty(l:open) ? 0 : l:open[-1].at + l:step
  if empty(l:statement)
    return l:base
  endif
  let l:last = l:statement.last
  " The statement before was left unfinished.
  if index(s:begins, l:token) >= 0 && index(['->', 'assert'], l:last) < 0
    return l:base
  endif
  if l:token =~# '^["@*A-Za-z_]' || l:token ==# '//' || empty(l:token)
    if l:last ==# ',' && l:statement.word !=# 'let'
      return l:statement.last_line == l:statement.line ? l:statement.at + 2 * l:step : l:statement.last_at
    endif
    if index(s:before_tools, l:last) >= 0 && l:statement.word !=# 'let'
          \ && index(['approval', 'total', 'except'], l:token) < 0
      return l:statement.last_at + 2 * l:step
    endif
  endif
  if l:token ==# 'or'
    return l:statement.at + 2 * l:step
  endif
  if l:token ==# 'and'
    return l:statement.at + (l:statement.or ? 3 : 2) * l:step
  endif
  return l:statement.at + l:step
endfunction
