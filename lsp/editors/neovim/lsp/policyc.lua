-- For Neovim 0.11 and newer: `vim.lsp.enable('policyc')`. Change it with `vim.lsp.config('policyc', { ... })`.
return {
  cmd = { 'policyc', 'lsp' },
  filetypes = { 'policyc' },
  root_markers = { 'policyc.toml', '.git' },
  -- Lenses that lead to a list of places; the plugin has the command.
  capabilities = { experimental = { commands = { commands = { 'policyc.showPlaces' } } } },
  settings = { policyc = vim.empty_dict() },
}
