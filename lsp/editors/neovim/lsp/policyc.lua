-- For Neovim 0.11 and newer: `vim.lsp.enable('policyc')`. Change it with `vim.lsp.config('policyc', { ... })`.
return {
  cmd = { 'policyc', 'lsp' },
  filetypes = { 'policyc' },
  root_markers = { 'policyc.toml', '.git' },
  settings = { policyc = vim.empty_dict() },
}
