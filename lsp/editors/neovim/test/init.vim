" The plugin's folder and nothing of the user's.
set nocompatible noswapfile
let &runtimepath = expand('<sfile>:p:h:h') . ',' . $VIMRUNTIME
filetype plugin indent on
syntax on
