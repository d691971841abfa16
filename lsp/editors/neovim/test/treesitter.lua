-- PARSER=policyc.so nvim --headless -u test/init.vim -c 'luafile test/treesitter.lua', for 0.9 and newer.
--
-- Whether Neovim takes the parser and every query, and colours a policy by them.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
local queries = vim.fn.fnamemodify(here .. '/../../tree-sitter-policyc/queries', ':p')

local function run()
  if vim.fn.has('nvim-0.9') == 0 then
    return 'not tried: Neovim is older than 0.9'
  end
  vim.treesitter.language.add('policyc', { path = os.getenv('PARSER') })
  for _, name in ipairs({ 'highlights', 'injections', 'folds', 'indents', 'locals', 'textobjects' }) do
    local text = table.concat(vim.fn.readfile(queries .. name .. '.scm'), '\n')
    vim.treesitter.query.parse('policyc', text)
    vim.treesitter.query.set('policyc', name, text)
  end
  vim.g.policyc_lsp = false
  vim.cmd('edit ' .. vim.fn.fnameescape(here .. '/all.pol'))
  vim.treesitter.start(0, 'policyc')
  local tree = vim.treesitter.get_parser(0, 'policyc'):parse(true)[1]
  local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  local function capture(line, needle, wanted)
    local column = assert(lines[line]:find(needle, 1, true), needle) - 1
    local found = vim.treesitter.get_captures_at_pos(0, line - 1, column)
    local names = vim.tbl_map(function(item)
      return item.capture
    end, found)
    assert(vim.tbl_contains(names, wanted), ('line %d, %s: %s'):format(line, needle, vim.inspect(names)))
  end
  capture(1, 'What', 'comment.documentation')
  capture(3, 'server', 'keyword')
  capture(3, 'shop', 'module')
  capture(4, 'most', 'constant')
  capture(6, '@read', 'type')
  capture(6, '*_message', 'string.special')
  capture(8, 'min', 'type.builtin')
  capture(8, 'args', 'variable.parameter')
  capture(10, 'matches', 'keyword.operator')
  capture(16, '"a"', 'property')
  capture(21, 'by', 'keyword')
  capture(21, '*', 'constant.builtin')
  local folds = vim.treesitter.query.get('policyc', 'folds')
  local count = 0
  for _ in folds:iter_captures(tree:root(), 0, 0, -1) do
    count = count + 1
  end
  assert(count > 5, 'folds: ' .. count)
  return 'tree-sitter: ok'
end

local ok, message = xpcall(run, debug.traceback)
io.stdout:write(message .. '\n')
vim.cmd(ok and 'qall!' or 'cquit')
