" Highlighting of policies, for Vim and Neovim. It follows src/syntax/token.rs.

if exists('b:current_syntax')
  finish
endif

syntax case match
" Digits, letters, `_`, `*`, `-` and `.`: `limit.x`, `deny-all` and `allow*` are no keywords.
syntax iskeyword 48-57,65-90,95,97-122,42,45,46

" Words

syntax match policycName "[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?"
syntax match policycGlob "[A-Za-z_][A-Za-z0-9_.-]*\*\%([A-Za-z0-9_.*-]*[A-Za-z0-9_*]\)\?"
syntax match policycGlob "\*[A-Za-z0-9_.*-]*[A-Za-z0-9_*]"
syntax match policycEverything "\*\%([A-Za-z0-9_.*-]*[A-Za-z0-9_*]\)\@!"
syntax match policycSet "@[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?"
syntax match policycServer "[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?\ze\s*::"
syntax match policycPath "\%(args\|caller\)\%(\.[A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?\ze\%([^A-Za-z0-9_*.-]\|\.\_s*\"\|->\|$\)"
syntax match policycKey "\%(\]\|\"\)\@1<=\.\_s*[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?"hs=s+1

" Keywords

syntax keyword policycKeyword import allow deny hide limit require assert test call wait
syntax keyword policycKeyword from total of approval for when unless because except as times
syntax keyword policycKeyword let nextgroup=policycConstant skipwhite skipempty
syntax keyword policycKeyword group nextgroup=policycGroup skipwhite skipempty
syntax keyword policycKeyword policy server nextgroup=policycModule skipwhite skipempty
syntax keyword policycKeyword per nextgroup=policycScope skipwhite skipempty
syntax keyword policycOperatorWord and or not has in every some
" `contains` is an option of `syntax keyword`.
syntax match policycOperatorWord "[A-Za-z0-9_.*-]\@1<!contains[A-Za-z0-9_.*-]\@!"
syntax keyword policycOperatorWord like nextgroup=policycPattern,policycPatterns skipwhite skipempty
syntax keyword policycOperatorWord matches nextgroup=policycRegex,policycRegexes skipwhite skipempty
syntax keyword policycFunction length
syntax keyword policycBoolean true false
syntax keyword policycNull null
syntax keyword policycReserved after before within during until

syntax match policycConstant contained "[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?"
syntax match policycGroup contained "[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?"
syntax match policycModule contained "[A-Za-z_]\%([A-Za-z0-9_.-]*[A-Za-z0-9_]\)\?"
syntax match policycScope contained "\%(server\|grant\)\%([A-Za-z0-9_.*-]\)\@!"
syntax match policycKeyword "\%(\<for\_s\+\)\@20<=valid\_s\+calls[A-Za-z0-9_.*-]\@!"
" Words only where they stand so.
syntax match policycKeyword "\%(\<approval\_s\+\)\@20<=by[A-Za-z0-9_.*-]\@!"
syntax match policycKeyword "\%(\<call\_s\+\|::\_s*\)\@20<!\<approved\ze\_s*\%(->\|\<\%(from\|as\|times\)[A-Za-z0-9_.*-]\@!\)"

" Numbers, and the units behind them

syntax match policycUnit contained "\%(s\|secs\?\|seconds\?\|m\|mins\?\|minutes\?\|h\|hours\?\|d\|days\?\)[A-Za-z0-9_.*-]\@!"
syntax match policycNumber "-\?\%(0\|[1-9]\%(_\?[0-9]\)*\)\%(\.[0-9]\%(_\?[0-9]\)*\)\?\%([eE][+-]\?[0-9]\+\)\?" nextgroup=policycUnit skipwhite

" Strings

syntax match policycEscape contained "\\\%(u\x\{4}\|[\"\\/bfnrt]\)"
syntax match policycStar contained "\*"
syntax match policycRegexSpecial contained "[][(){}.*+?|^$]"
syntax region policycString start=+"+ skip=+\\.+ end=+"+ oneline contains=policycEscape,@Spell
syntax match policycJsonKey +"\%([^"\\]\|\\.\)*"\ze\s*:[^:]+ contains=policycEscape
syntax region policycPattern contained start=+"+ skip=+\\.+ end=+"+ oneline contains=policycEscape,policycStar
syntax region policycRegex contained start=+"+ skip=+\\.+ end=+"+ oneline contains=policycEscape,policycRegexSpecial

" Signs

syntax match policycOperator "==\|!=\|<=\|>=\|[<>=]\|->\|::"
syntax match policycOperator "/" nextgroup=policycUnit skipwhite
syntax match policycDelimiter "[;,]"
syntax region policycBlock start="{" end="}" transparent fold
syntax region policycPatterns contained matchgroup=policycDelimiter start="\[" end="\]" contains=policycPattern,policycConstant,policycComment
syntax region policycRegexes contained matchgroup=policycDelimiter start="\[" end="\]" contains=policycRegex,policycConstant,policycComment
syntax region policycList matchgroup=policycDelimiter start="\[" end="\]" transparent fold
" Operators, quotes and comments of other languages.
syntax match policycWrong "&&\|||\|!=\@!\|'[^']*'\|`[^`]*`\|#.*\|/\*"

" Comments

syntax keyword policycTodo contained TODO FIXME XXX NOTE
syntax match policycSuppression contained "\%(//\s*\)\@10<=policyc:\s*allow([^)]*)"
syntax match policycComment "//.*" contains=policycTodo,policycSuppression,@Spell
syntax match policycDocComment "///.*" contains=policycTodo,@Spell

" Comments and folds may begin far above: files are short.
syntax sync fromstart

highlight default link policycName Function
highlight default link policycGlob SpecialChar
highlight default link policycEverything SpecialChar
highlight default link policycSet Type
highlight default link policycServer PreProc
highlight default link policycPath Identifier
highlight default link policycKey Identifier
highlight default link policycKeyword Keyword
highlight default link policycScope Keyword
highlight default link policycReserved Keyword
highlight default link policycOperatorWord Operator
highlight default link policycFunction Function
highlight default link policycBoolean Boolean
highlight default link policycNull Constant
highlight default link policycConstant Constant
highlight default link policycGroup Type
highlight default link policycModule PreProc
highlight default link policycNumber Number
highlight default link policycUnit Type
highlight default link policycString String
highlight default link policycPattern String
highlight default link policycRegex String
highlight default link policycEscape SpecialChar
highlight default link policycStar SpecialChar
highlight default link policycRegexSpecial SpecialChar
highlight default link policycJsonKey Label
highlight default link policycOperator Operator
highlight default link policycDelimiter Delimiter
highlight default link policycWrong Error
highlight default link policycTodo Todo
highlight default link policycSuppression PreProc
highlight default link policycComment Comment
highlight default link policycDocComment SpecialComment

let b:current_syntax = 'policyc'
