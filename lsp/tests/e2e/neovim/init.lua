-- What somebody with policies has in `init.lua`, as lsp/editors/neovim/README.md has it; the plugin itself is linked to where
-- packages are.
vim.o.swapfile = false
vim.o.shadafile = 'NONE'
local command = { os.getenv('POLICYC'), 'lsp' }
if vim.lsp.config then
  vim.lsp.config('policyc', { cmd = command })
  vim.lsp.enable('policyc')
else
  vim.g.policyc_cmd = command
end
