--- Commands for policies, and the language server for Neovim before 0.11.
local M = {}

local function warn(message)
  vim.notify('policyc: ' .. message, vim.log.levels.WARN)
end

-- What is at hand depends on the version: 0.11 has methods of clients, 0.10 `get_clients`, 0.8 `vim.lsp.start`.
local is_011 = vim.fn.has('nvim-0.11') == 1

--- Calls a function of a client, which is a method from 0.11 on.
local function send(client, name, ...)
  if is_011 then
    client[name](client, ...)
  else
    client[name](...)
  end
end

--- The servers of a buffer, or all.
local function clients(buffer)
  if vim.lsp.get_clients then
    return vim.lsp.get_clients({ bufnr = buffer, name = 'policyc' })
  end
  local found = {}
  for _, client in pairs(buffer and vim.lsp.buf_get_clients(buffer) or vim.lsp.get_active_clients()) do
    if client.name == 'policyc' then
      table.insert(found, client)
    end
  end
  return found
end

--- Asks the server to execute a command; `done(result)` is called with what it answers.
local function execute(buffer, command, arguments, done)
  local client = clients(buffer)[1]
  if not client then
    local hint = is_011 and "vim.lsp.enable('policyc')" or 'is the program `policyc` on the path?'
    warn('no language server in this buffer: ' .. hint)
    return
  end
  local params = { command = command, arguments = arguments }
  local function answer(err, result)
    if err then
      warn(err.message or vim.inspect(err))
    else
      done(result)
    end
  end
  send(client, 'request', 'workspace/executeCommand', params, answer, buffer)
end

--- A value without what Lua cannot tell from nothing.
local function given(value)
  if value == nil or value == vim.NIL or value == '' then
    return nil
  end
  return value
end

local function lines_of(text)
  local lines = vim.split(text, '\n', { plain = true })
  if #lines > 1 and lines[#lines] == '' then
    table.remove(lines)
  end
  return lines
end

--- What a test run answers, as lines, and the line of the policy that each of them is about.
local function results_of(answer, file)
  local lines, places = {}, {}
  local function add(text, place)
    for _, line in ipairs(lines_of(text)) do
      table.insert(lines, line)
      places[#lines] = place
    end
  end
  local problem = given(answer.problem)
  if problem then
    add(problem)
    return lines, places
  end
  local results = given(answer.results) or {}
  if #results == 0 then
    add('no tests')
    return lines, places
  end
  add(('%d passed, %d failed'):format(answer.passed, answer.failed))
  local policies = {}
  for _, result in ipairs(results) do
    policies[given(result.policy) or ''] = true
  end
  local several = vim.tbl_count(policies) > 1
  -- Those that failed come first: they are what one wants to see.
  for _, passed in ipairs({ false, true }) do
    for _, result in ipairs(results) do
      if result.passed == passed then
        local policy = several and given(result.policy) and (' (policy %s)'):format(result.policy) or ''
        local verdict = passed and 'passed' or 'FAILED'
        add(('%s  %s:%d: %s%s'):format(verdict, file, result.line, result.name, policy), result.line)
        if given(result.message) then
          add('        ' .. result.message:gsub('\n', '\n        '), result.line)
        end
      end
    end
  end
  return lines, places
end

--- What a decision says, as text.
local function decision_of(answer)
  local parts = { answer.verdict }
  for _, part in ipairs({ given(answer.rule) or false, given(answer.reason) or false }) do
    if part then
      table.insert(parts, part)
    end
  end
  local trace = given(answer.trace)
  return table.concat(parts, '  ') .. (trace and '\n' .. trace:gsub('\n$', '') or '')
end

--- A scratch buffer with this name, shown beside the current window, which keeps the cursor.
local function scratch(name, split)
  local buffer = vim.fn.bufnr('^' .. vim.fn.escape(name, '[]*?{}\\') .. '$')
  if buffer == -1 then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
    vim.bo[buffer].bufhidden = 'hide'
    vim.bo[buffer].swapfile = false
    vim.bo[buffer].modifiable = false
  end
  if vim.fn.bufwinid(buffer) == -1 then
    local here = vim.api.nvim_get_current_win()
    vim.cmd(split)
    vim.api.nvim_win_set_buf(0, buffer)
    vim.api.nvim_set_current_win(here)
  end
  return buffer
end

local function fill(buffer, lines)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
end

-- The artefact

local notes = vim.api.nvim_create_namespace('policyc')
--- By source buffer: the buffer of the artefact, the target, the number of the last change.
local shown = {}

local function problem_text(problem)
  local line = given(problem.line)
  local text = (line and ('line %d: '):format(line) or '') .. problem.message
  local help = given(problem.help)
  return help and text .. '\n  ' .. help or text
end

--- Text as lines that are no wider than the window: those below the artefact are not wrapped by the editor.
local function wrapped(text, width)
  local lines = {}
  for _, line in ipairs(lines_of(text)) do
    local indent = line:match('^%s*')
    local current = ''
    for word in line:gmatch('%S+') do
      if current == '' then
        current = indent .. word
      elseif vim.fn.strdisplaywidth(current .. ' ' .. word) > width then
        table.insert(lines, current)
        current = indent .. '  ' .. word
      else
        current = current .. ' ' .. word
      end
    end
    table.insert(lines, current)
  end
  return lines
end

--- Shows the answer. Where nothing could be emitted the last artefact stays, with the reasons below it.
local function show_artefact(buffer, result)
  if not vim.api.nvim_buf_is_valid(buffer) or type(result) ~= 'table' then
    return
  end
  if given(result.text) then
    fill(buffer, lines_of(result.text))
  end
  local language = given(result.language)
  if language and vim.bo[buffer].filetype ~= language then
    vim.bo[buffer].filetype = language
  end
  vim.api.nvim_buf_clear_namespace(buffer, notes, 0, -1)
  local below = {}
  local window = vim.fn.bufwinid(buffer)
  -- The numbers of lines have their place in the window, too.
  local width = math.max((window ~= -1 and vim.api.nvim_win_get_width(window) or 80) - 8, 20)
  local function add(text, highlight)
    for _, line in ipairs(wrapped(text, width)) do
      table.insert(below, { { line, highlight } })
    end
  end
  for _, problem in ipairs(given(result.problems) or {}) do
    add(problem_text(problem), 'WarningMsg')
  end
  if not given(result.text) and #below == 0 then
    add('nothing to show', 'WarningMsg')
  end
  for kind, all in pairs({ policy = given(result.policies) or {}, server = given(result.servers) or {} }) do
    if #all > 1 then
      add(('%s %s, of %s'):format(kind, result[kind], table.concat(all, ', ')), 'Comment')
    end
  end
  if #below > 0 then
    local last = vim.api.nvim_buf_line_count(buffer) - 1
    vim.api.nvim_buf_set_extmark(buffer, notes, last, 0, { virt_lines = below })
  end
end

local function refresh(source)
  local view = shown[source]
  if not view then
    return
  end
  local arguments = vim.list_extend({ vim.uri_from_bufnr(source) }, view.chosen)
  view.asked = view.asked + 1
  local mine = view.asked
  execute(source, 'policyc.showArtefact', arguments, function(result)
    -- An answer to an older text is dropped.
    if shown[source] == view and view.asked == mine then
      show_artefact(view.buffer, result)
    end
  end)
end

--- `:PolicycArtefact [target] [policy] [server]`: what the policy compiles to, kept up to date as long as its window is open.
function M.artefact(source, words)
  local chosen = vim.split(words or '', '%s+', { trimempty = true })
  local shown_as = #chosen > 0 and table.concat(chosen, '/') or 'artefact'
  local name = 'policyc://' .. shown_as .. '/' .. vim.fn.fnamemodify(vim.api.nvim_buf_get_name(source), ':t')
  local view = { buffer = scratch(name, 'rightbelow vsplit'), chosen = chosen, asked = 0 }
  shown[source] = view
  local timer
  local group = vim.api.nvim_create_augroup('policyc_artefact_' .. source, { clear = true })
  vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI', 'BufWritePost' }, {
    group = group,
    buffer = source,
    callback = function()
      if not vim.api.nvim_buf_is_valid(view.buffer) or vim.fn.bufwinid(view.buffer) == -1 then
        shown[source] = nil
        vim.api.nvim_del_augroup_by_id(group)
        return
      end
      -- Not at every key: a little after the last.
      if timer then
        vim.fn.timer_stop(timer)
      end
      timer = vim.fn.timer_start(200, function()
        refresh(source)
      end)
    end,
  })
  refresh(source)
end

--- `:PolicycTest [name]`: runs the tests of the file, or one. Enter on a line of the results leads to its place in the policy.
function M.test(source, name)
  execute(source, 'policyc.runTests', { vim.uri_from_bufnr(source), name }, function(answer)
    local buffer = scratch('policyc://tests', 'botright 10split')
    local file = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(source), ':t')
    local lines, places = results_of(answer, file)
    fill(buffer, lines)
    vim.keymap.set('n', '<CR>', function()
      local place = places[vim.api.nvim_win_get_cursor(0)[1]]
      local window = vim.fn.bufwinid(source)
      if place and window ~= -1 then
        vim.api.nvim_set_current_win(window)
        vim.cmd("normal! m'")
        vim.api.nvim_win_set_cursor(window, { math.min(place, vim.api.nvim_buf_line_count(source)), 0 })
      end
    end, { buffer = buffer, desc = 'policyc: to the place of this test' })
  end)
end

-- Code lenses: the server would answer, and nobody would look at it.
vim.lsp.commands['policyc.runTests'] = function(command, context)
  local arguments = command.arguments or {}
  M.test(context.bufnr, given(arguments[2]))
end
vim.lsp.commands['policyc.showArtefact'] = function(command, context)
  local arguments = command.arguments or {}
  M.artefact(context.bufnr, given(arguments[2]))
end

vim.lsp.commands['policyc.showPlaces'] = function(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local places = (command.arguments or {})[3] or {}
  local items = vim.lsp.util.locations_to_items(places, client and client.offset_encoding or 'utf-16')
  vim.fn.setqflist({}, ' ', { title = command.title, items = items })
  vim.cmd('botright copen')
end

--- What Neovim that asks for findings itself (0.10 and newer) knows of a buffer, or of all of the server, is asked for again. The
--- default handler takes the answer.
local function pull(client, buffer)
  local provider = client.server_capabilities and client.server_capabilities.diagnosticProvider
  if not provider or vim.fn.has('nvim-0.10') == 0 then
    return
  end
  for _, one in ipairs(buffer and { buffer } or vim.tbl_keys(client.attached_buffers)) do
    if vim.api.nvim_buf_is_loaded(one) then
      local params = { textDocument = { uri = vim.uri_from_bufnr(one) }, identifier = provider.identifier }
      send(client, 'request', 'textDocument/diagnostic', params, nil, one)
    end
  end
end

--- Something beside the texts has changed.
function M.refresh_diagnostics(err, result, context)
  local answer = vim.lsp.handlers['workspace/diagnostic/refresh'](err, result, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client then
    pull(client)
  end
  return answer
end

--- What this editor can do beside what Neovim can: lenses may ask for a list of places.
function M.capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  all.experimental = vim.tbl_extend('force', all.experimental or {}, { commands = { commands = { 'policyc.showPlaces' } } })
  return all
end

--- `:PolicycCall {json}`: decides one call, written as `policyc eval` takes it; without arguments it has none.
function M.call(source, text)
  local ok, call = pcall(vim.json.decode, text)
  if not ok or not text:match('^%s*{') then
    warn('a call is an object, as in {"name": "send_mail", "arguments": {}}')
    return
  end
  -- The text goes to the server as it is: numbers of Lua are not exact, and what is written twice counts.
  if call.arguments == nil then
    call.arguments = vim.empty_dict()
    text = vim.json.encode(call)
  end
  execute(source, 'policyc.evalCall', { vim.uri_from_bufnr(source), text }, function(result)
    vim.api.nvim_echo({ { decision_of(result) } }, true, {})
  end)
end

--- The names of the tests in the buffer, for completion.
local function test_names(source, lead)
  local names = {}
  for _, line in ipairs(vim.api.nvim_buf_get_lines(source, 0, -1, false)) do
    local name = line:match('^%s*test%s*"(.-)"%s*{')
    if name and vim.startswith(name, lead) then
      table.insert(names, name)
    end
  end
  return names
end

-- Neovim does not watch files on Linux unless it is told to. What is saved in it is told here: catalogues, policies that others import,
-- and the configuration count from then on.
vim.api.nvim_create_autocmd('BufWritePost', {
  group = vim.api.nvim_create_augroup('policyc_saved', { clear = true }),
  pattern = { '*.json', '*.pol', 'policyc.toml' },
  callback = function(event)
    local path = vim.api.nvim_buf_get_name(event.buf)
    local params = { changes = { { uri = vim.uri_from_fname(vim.fn.fnamemodify(path, ':p')), type = 2 } } }
    for _, client in ipairs(clients()) do
      send(client, 'notify', 'workspace/didChangeWatchedFiles', params)
      -- From 0.12 on the server can ask for it.
      if vim.fn.has('nvim-0.12') == 0 then
        pull(client)
      end
    end
  end,
})

-- What another buffer holds, a policy that this one imports or its catalogue, may have been edited meanwhile.
vim.api.nvim_create_autocmd('BufEnter', {
  group = vim.api.nvim_create_augroup('policyc_entered', { clear = true }),
  pattern = '*.pol',
  callback = function(event)
    for _, client in ipairs(clients(event.buf)) do
      pull(client, event.buf)
    end
  end,
})

-- The server, for Neovim before 0.11

local function root_of(path)
  local folder = vim.fn.fnamemodify(path, ':p:h')
  for _, marker in ipairs({ 'policyc.toml', '.git' }) do
    for _, find in ipairs({ vim.fn.findfile, vim.fn.finddir }) do
      local found = find(marker, vim.fn.escape(folder, ' ,') .. ';')
      if found ~= '' then
        -- The name of a folder may end in a slash.
        return vim.fn.fnamemodify((vim.fn.fnamemodify(found, ':p'):gsub('/$', '')), ':h')
      end
    end
  end
  return folder
end

--- By root folder, where there is no `vim.lsp.start`.
local started = {}

function M.start(buffer)
  local command = vim.g.policyc_cmd or { 'policyc', 'lsp' }
  if vim.fn.executable(command[1]) ~= 1 then
    return
  end
  local config = {
    name = 'policyc',
    cmd = command,
    root_dir = root_of(vim.api.nvim_buf_get_name(buffer)),
    capabilities = M.capabilities(),
    settings = vim.g.policyc_settings or { policyc = vim.empty_dict() },
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  local id = started[config.root_dir]
  local client = id and vim.lsp.get_client_by_id(id)
  -- One that is ending is still there for a moment.
  if not client or client.is_stopped() then
    id = vim.lsp.start_client(config)
    started[config.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
  -- As `vim.lsp.start` does it.
  for option, value in pairs({ omnifunc = 'v:lua.vim.lsp.omnifunc', tagfunc = 'v:lua.vim.lsp.tagfunc' }) do
    if vim.bo[buffer][option] == '' then
      vim.bo[buffer][option] = value
    end
  end
end

--- Called by the file type plugin for each policy.
function M.attach()
  local source = vim.api.nvim_get_current_buf()
  local function define(name, run, options)
    vim.api.nvim_buf_create_user_command(source, name, function(command)
      run(source, command.args ~= '' and command.args or nil)
    end, options)
  end
  define('PolicycArtefact', M.artefact, {
    nargs = '*',
    complete = function(lead, line)
      -- Only the first word is one of a few.
      if line:match('^%s*%S+%s+%S+%s') then
        return {}
      end
      return vim.tbl_filter(function(target)
        return vim.startswith(target, lead)
      end, { 'policylayer', 'intercept' })
    end,
  })
  define('PolicycTest', M.test, {
    nargs = '?',
    complete = function(lead)
      return test_names(source, lead)
    end,
  })
  define('PolicycCall', M.call, { nargs = 1 })

  if not is_011 and vim.g.policyc_lsp ~= false and vim.g.policyc_lsp ~= 0 then
    M.start(source)
  end
end

return M
