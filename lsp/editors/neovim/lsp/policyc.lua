-- For Neovim 0.11 and newer: `vim.lsp.enable('policyc')`. Change it with `vim.lsp.config('policyc', { ... })`.

local handlers = {}
if vim.fn.has('nvim-0.12') == 1 then
  -- Asked to look again, Neovim 0.12 asks for the findings of the workspace, and throws away those of buffers that are shown.
  handlers['workspace/diagnostic/refresh'] = function(...)
    return require('policyc').refresh_diagnostics(...)
  end
end

return {
  cmd = { 'policyc', 'lsp' },
  filetypes = { 'policyc' },
  root_markers = { 'policyc.toml', '.git' },
  -- Lenses that lead to a list of places; the plugin has the command.
  capabilities = { experimental = { commands = { commands = { 'policyc.showPlaces' } } } },
  handlers = handlers,
  settings = { policyc = vim.empty_dict() },
}
