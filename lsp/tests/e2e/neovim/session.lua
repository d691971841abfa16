-- A session in Neovim, as somebody has it who writes a policy; `run` starts it. Each step fails the session where something is
-- not as it should be. Works with Neovim 0.7 and newer.

local version = vim.version()
local PATIENCE = 20000
local policy = vim.api.nvim_get_current_buf()
local source = vim.api.nvim_get_current_win()

local function say(what)
  io.stdout:write('  ' .. what .. '\n')
  io.stdout:flush()
end

local function fail(what, got)
  error(what .. (got ~= nil and ': ' .. vim.inspect(got) or ''), 0)
end

local function check(what, holds, got)
  if not holds then
    fail(what, got)
  end
end

local function equal(what, got, wanted)
  check(what, vim.deep_equal(got, wanted), got)
end

--- Waits until `get()` has a value; returns it.
local function await(what, get, state)
  local value
  vim.wait(PATIENCE, function()
    value = get()
    return value ~= nil and value ~= false
  end, 20)
  if value == nil or value == false then
    fail(what, state and state())
  end
  return value
end

local function has(text, part)
  return type(text) == 'string' and text:find(part, 1, true) ~= nil
end

local function text_of(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function clients()
  if vim.lsp.get_clients then
    return vim.lsp.get_clients({ bufnr = policy })
  end
  return vim.tbl_values(vim.lsp.buf_get_clients(policy))
end

--- Puts the cursor where the mark `|` stands in a piece of the text.
local function go(piece)
  vim.api.nvim_set_current_win(source)
  vim.api.nvim_win_set_buf(source, policy)
  local before = piece:find('|', 1, true) - 1
  local wanted = piece:sub(1, before) .. piece:sub(before + 2)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(policy, 0, -1, false)) do
    local from = line:find(wanted, 1, true)
    if from then
      vim.api.nvim_win_set_cursor(source, { number, from - 1 + before })
      return
    end
  end
  fail('the text does not have `' .. wanted .. '`', text_of(policy))
end

--- The parameters of a question about the place of the cursor.
local function here(more)
  local encoding = clients()[1].offset_encoding
  return vim.tbl_extend('force', vim.lsp.util.make_position_params(source, encoding), more or {})
end

--- What the server answers; an error ends the session.
local function ask(method, parameters)
  local answers, problem = vim.lsp.buf_request_sync(policy, method, parameters, PATIENCE)
  check(method .. ': no answer', answers ~= nil and not vim.tbl_isempty(answers), problem)
  local _, answer = next(answers)
  check(method, answer.err == nil and answer.error == nil, answer)
  return answer.result
end

--- Replaces a piece of the text, as an edit of a part of a line, and says so to who waits for it.
local function replace(old, new)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(policy, 0, -1, false)) do
    local from, to = line:find(old, 1, true)
    if from then
      vim.api.nvim_buf_set_text(policy, number - 1, from - 1, number - 1, to, vim.split(new, '\n', { plain = true }))
      vim.api.nvim_exec_autocmds('TextChanged', { buffer = policy })
      return
    end
  end
  fail('the text does not have `' .. old .. '`', text_of(policy))
end

--- The findings that Neovim has, by code.
local function found()
  local codes = {}
  for _, finding in ipairs(vim.diagnostic.get(policy)) do
    local code = finding.code or (finding.user_data and finding.user_data.lsp and finding.user_data.lsp.code)
    codes[code or '?'] = finding
  end
  return codes
end

local function labels(items)
  local all = {}
  for _, item in ipairs(items) do
    all[item.label] = item
  end
  return all
end

local function completions(piece)
  go(piece)
  local result = ask('textDocument/completion', here())
  return labels(result.items or result)
end

--- Chooses what has this in its title, when Neovim next asks what to do.
local function choose(part)
  local seen = {}
  vim.ui.select = function(items, options, done)
    for index, item in ipairs(items) do
      local title = options.format_item and options.format_item(item) or tostring(item)
      table.insert(seen, title)
      if has(title, part) then
        return done(item, index)
      end
    end
    done(nil)
  end
  return seen
end

--- The text of the floating window, once there is one.
local function float()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      return text_of(vim.api.nvim_win_get_buf(window)), window
    end
  end
end

local steps = {}
local function step(name, run)
  table.insert(steps, { name, run })
end

step('the server attaches: policyc, in the folder of policyc.toml', function()
  equal('file type', vim.bo[policy].filetype, 'policyc')
  local client = await('no server', function()
    local client = clients()[1]
    return client and (client.initialized or client.server_capabilities) and client
  end)
  equal('name', client.name, 'policyc')
  equal('root', vim.loop.fs_realpath(client.config.root_dir), vim.loop.fs_realpath(vim.fn.getcwd()))
  local children = vim.fn.split(vim.fn.system({ 'ps', '-o', 'pid=,comm=', '--ppid', tostring(vim.fn.getpid()) }), '\n')
  local pids = {}
  for _, child in ipairs(children) do
    local pid, name = child:match('^%s*(%d+)%s+(%S+)')
    if name and name:find('^policyc') then
      table.insert(pids, pid)
    end
  end
  equal('processes of the server', #pids, 1)
  vim.fn.writefile(pids, assert(os.getenv('PIDS')))
end)

step('findings appear with their codes, and go when they are mended', function()
  replace('allow @readers', 'allow get_odrer, @readers')
  local finding = await('a finding', function()
    return found()['unknown-tool']
  end, found)
  equal('its line', finding.lnum, 6)
  equal('its column', finding.col, 6)
  equal('it ends', finding.end_col, 15)
  equal('source', finding.source, 'policyc')
  equal('severity', finding.severity, vim.diagnostic.severity.ERROR)
end)

step('a code action mends it', function()
  go('get_o|drer')
  local titles = choose('`get_order`')
  vim.lsp.buf.code_action()
  await('the text is mended', function()
    return has(text_of(policy), 'allow get_order, @readers')
  end, function()
    return titles
  end)
  await('the finding goes', function()
    return not found()['unknown-tool']
  end, found)
  replace('get_order, @readers', '@readers')
end)

step('lints are there, too', function()
  replace('let most = 100;', 'let most = 100;\nlet unused = 1;')
  local finding = await('a lint', function()
    return found()['unused-let']
  end, found)
  equal('its line', finding.lnum, 2)
  vim.api.nvim_buf_set_lines(policy, 2, 3, true, {})
  await('it goes', function()
    return not found()['unused-let']
  end, found)
end)

step('completion knows tools, sets, arguments, operators and values', function()
  vim.api.nvim_buf_set_lines(policy, -1, -1, false, { 'allow ', 'deny create_charge when args.', 'deny create_charge when args.currency == ' })
  local all = completions('allow |')
  check('a tool', all.send_mail, vim.tbl_keys(all))
  check('a group', all['@readers'] or all.readers, vim.tbl_keys(all))
  check('a set', all['@financial'], vim.tbl_keys(all))
  local resolved = ask('completionItem/resolve', all.send_mail)
  check('what is to be read about it', has(resolved.documentation and resolved.documentation.value, 'Send a mail'), resolved)
  all = completions('when args.|')
  for _, name in ipairs({ 'amount', 'currency', 'customer', 'metadata' }) do
    check('the argument ' .. name, all[name] or all['args.' .. name], vim.tbl_keys(all))
  end
  check('no argument of another tool', not (all.order_id or all['args.order_id']), vim.tbl_keys(all))
  all = completions('args.currency == |')
  check('a value', all['"EUR"'] or all.EUR, vim.tbl_keys(all))
  local count = vim.api.nvim_buf_line_count(policy)
  vim.api.nvim_buf_set_lines(policy, count - 3, count, true, {})
end)

step('completion puts its text into the buffer (omnifunc)', function()
  vim.api.nvim_buf_set_lines(policy, -1, -1, false, { 'hide delete_cust' })
  go('hide delete_cust|')
  equal('omnifunc', vim.bo[policy].omnifunc, 'v:lua.vim.lsp.omnifunc')
  -- In insert mode, as a user types it: the menu comes when the server has answered, and then the entry is taken.
  vim.o.completeopt = 'menuone,noinsert'
  vim.fn.timer_start(20, function(timer)
    if vim.fn.pumvisible() == 1 then
      vim.fn.timer_stop(timer)
      vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('<C-y>;<Esc>', true, false, true), 'n', false)
    end
  end, { ['repeat'] = PATIENCE / 20 })
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('A<C-x><C-o>', true, false, true), 'tx!', false)
  check('what was typed', has(text_of(policy), 'hide delete_customer;'), text_of(policy))
  vim.api.nvim_buf_set_lines(policy, -2, -1, true, {})
end)

step('hover says what a tool is and what the policy decides', function()
  go('allow create_ch|arge')
  local value = ask('textDocument/hover', here()).contents.value
  check('what it is', has(value, 'Charge a customer'), value)
  check('its class', has(value, 'financial'), value)
  check('the decision', has(value, 'denied unless'), value)
  if vim.treesitter and vim.fn.has('nvim-0.10') == 1 then
    local ok, added = pcall(vim.treesitter.language.add, 'markdown')
    if not ok or added == false then
      return say('  its window is not tried: this Neovim was installed without its parser for Markdown')
    end
  end
  vim.lsp.buf.hover()
  local text, window = await('a window with it', function()
    return float()
  end), select(2, float())
  check('what is in the window', has(text, 'financial') and has(text, 'amount'), text)
  vim.api.nvim_win_close(window, true)
end)

step('the definition of a tool and of an argument is in the catalogue', function()
  for piece, line in pairs({ ['allow create_ch|arge'] = '"name": "create_charge"', ['when args.amo|unt'] = '"amount"' }) do
    go(piece)
    vim.lsp.buf.definition()
    await('the catalogue is shown', function()
      return has(vim.api.nvim_buf_get_name(0), 'shop.json')
    end, function()
      return vim.api.nvim_buf_get_name(0)
    end)
    await('the cursor is there', function()
      return has(vim.api.nvim_get_current_line(), line)
    end, vim.api.nvim_get_current_line)
    vim.cmd('buffer ' .. policy)
  end
  go('<= mo|st')
  vim.lsp.buf.definition()
  await('the cursor is on the let', function()
    return has(vim.api.nvim_get_current_line(), 'let most')
  end, vim.api.nvim_get_current_line)
end)

step('references fill the quickfix list', function()
  go('let mo|st')
  vim.fn.setqflist({})
  vim.lsp.buf.references({ includeDeclaration = true })
  local list = await('a list', function()
    local list = vim.fn.getqflist()
    return #list > 0 and list
  end)
  equal('the lines', vim.tbl_map(function(entry)
    return entry.lnum
  end, list), { 2, 8 })
  vim.cmd('cclose')
end)

step('a `let` is renamed everywhere', function()
  go('<= mo|st')
  vim.lsp.buf.rename('limit_of_a_charge')
  await('the buffer is changed', function()
    local text = text_of(policy)
    return has(text, 'let limit_of_a_charge = 100;') and has(text, '<= limit_of_a_charge;') and not has(text, 'most')
  end, function()
    return text_of(policy)
  end)
end)

step('formatting', function()
  local neat = text_of(policy)
  replace('deny *;', 'deny     *  ;')
  replace('limit create_charge 10/hour', 'limit   create_charge   10/hour')
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = PATIENCE })
  else
    vim.lsp.buf.formatting_sync(nil, PATIENCE)
  end
  equal('the text', text_of(policy), neat)
end)

step('symbols, and colours and hints where this Neovim has them', function()
  local names = vim.tbl_map(function(symbol)
    return symbol.name
  end, ask('textDocument/documentSymbol', { textDocument = here().textDocument }))
  check('symbols', vim.tbl_contains(names, '@readers') and vim.tbl_contains(names, 'allow create_charge'), names)
  if vim.lsp.semantic_tokens and vim.lsp.semantic_tokens.get_at_pos then
    go('allow create_ch|arge')
    local place = vim.api.nvim_win_get_cursor(source)
    await('the colour of a tool', function()
      local tokens = vim.lsp.semantic_tokens.get_at_pos(policy, place[1] - 1, place[2])
      return tokens and tokens[1] and tokens[1].type == 'function' and tokens[1].modifiers.financial
    end, function()
      return vim.lsp.semantic_tokens.get_at_pos(policy, place[1] - 1, place[2])
    end)
    say('  with colours')
  end
  if vim.lsp.inlay_hint and vim.lsp.inlay_hint.get then
    vim.lsp.inlay_hint.enable(true, { bufnr = policy })
    await('a hint', function()
      return #vim.lsp.inlay_hint.get({ bufnr = policy }) > 0
    end)
    vim.lsp.inlay_hint.enable(false, { bufnr = policy })
    say('  with hints')
  end
end)

--- The text of the buffer with this name.
local function shown(name)
  local buffer = vim.fn.bufnr(name)
  return buffer ~= -1 and text_of(buffer) or ''
end

step(':PolicycArtefact shows the document of the gateway, and follows the text', function()
  vim.api.nvim_set_current_win(source)
  vim.cmd('PolicycArtefact')
  local name = 'policyc://artefact/shop.pol'
  await('the artefact', function()
    return has(shown(name), '"create_charge"')
  end, function()
    return shown(name)
  end)
  local artefact = vim.json.decode(shown(name))
  equal('the limit', artefact.tools.create_charge.limits[1].max, 10)
  equal('its language', vim.bo[vim.fn.bufnr(name)].filetype, 'json')
  equal('the cursor stays', vim.api.nvim_get_current_win(), source)
  replace('10/hour', '11/hour')
  await('it follows', function()
    return has(shown(name), '"max": 11')
  end, function()
    return shown(name)
  end)
  -- What cannot be emitted is told below the last artefact, with the line of the policy.
  replace('11/hour', '11/hour per caller.team')
  local below = await('the problem', function()
    local buffer = vim.fn.bufnr(name)
    local mark = vim.api.nvim_buf_get_extmarks(buffer, vim.api.nvim_get_namespaces().policyc, 0, -1, { details = true })[1]
    local lines = mark and mark[4].virt_lines
    return lines and lines[1][1][1]
  end, function()
    return shown(name)
  end)
  check('the line of the problem', has(below, 'line 9'), below)
  check('the last artefact stays', has(shown(name), '"max": 11'))
  replace(' per caller.team', '')
  vim.cmd('only')
  vim.cmd('PolicycArtefact intercept')
  await('another target', function()
    return has(shown('policyc://intercept/shop.pol'), '"create_charge":\n    rules:')
  end, function()
    return shown('policyc://intercept/shop.pol')
  end)
  equal('its language', vim.bo[vim.fn.bufnr('policyc://intercept/shop.pol')].filetype, 'yaml')
  vim.cmd('only')
end)

step(':PolicycArtefact shows each policy of a file', function()
  local count = vim.api.nvim_buf_line_count(policy)
  vim.api.nvim_buf_set_lines(policy, -1, -1, false, { 'policy one { allow send_mail; }', 'policy two { allow refund_order; }' })
  vim.cmd('PolicycArtefact policylayer two')
  local name = 'policyc://policylayer/two/shop.pol'
  await('the artefact of the second', function()
    return has(shown(name), 'refund_order') and not has(shown(name), 'send_mail')
  end, function()
    return shown(name)
  end)
  local space = vim.api.nvim_get_namespaces().policyc
  local mark = vim.api.nvim_buf_get_extmarks(vim.fn.bufnr(name), space, 0, -1, { details = true })[1]
  check('which there are', mark and has(mark[4].virt_lines[1][1][1], 'policy two, of one, two'), mark)
  vim.cmd('only')
  vim.api.nvim_buf_set_lines(policy, count, -1, true, {})
end)

step(':PolicycTest runs the tests, and says where one fails', function()
  local name = 'policyc://tests'
  vim.cmd('PolicycTest')
  local text = await('the results', function()
    return has(shown(name), 'passed') and shown(name)
  end, function()
    return shown(name)
  end)
  check('how many', has(text, '1 passed, 1 failed'), text)
  check('the one that fails', has(text, 'ünïcödé 🦀 is no order'), text)
  check('the place', has(text, 'shop.pol:15'), text)
  check('the one that passes', has(text, 'a small charge passes'), text)
  vim.cmd('PolicycTest a small charge passes')
  await('one test', function()
    return has(shown(name), '1 passed') and not has(shown(name), 'ünïcödé')
  end, function()
    return shown(name)
  end)
  equal('the cursor stays', vim.api.nvim_get_current_win(), source)
  replace('"amount": 5,', '"amount": 500,')
  vim.cmd('PolicycTest')
  await('the results follow', function()
    return has(shown(name), '0 passed, 2 failed')
  end, function()
    return shown(name)
  end)
  -- From the results to the place of the failure.
  vim.api.nvim_set_current_win(vim.fn.bufwinid(vim.fn.bufnr(name)))
  vim.fn.search('ünïcödé')
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('<CR>', true, false, true), 'tx', false)
  equal('the window after Enter', vim.api.nvim_get_current_win(), source)
  check('the line after Enter', has(vim.api.nvim_get_current_line(), '🦀"'), vim.api.nvim_get_current_line())
  vim.cmd('only')
end)

step(':PolicycCall decides a call', function()
  vim.cmd('messages clear')
  vim.cmd('PolicycCall {"name": "create_charge", "arguments": {"amount": 101}}')
  local said = await('the decision', function()
    local said = vim.fn.execute('messages')
    return has(said, 'deny') and said
  end, function()
    return vim.fn.execute('messages')
  end)
  check('its rule', has(said, '(not allowed)'), said)
  -- Numbers reach the server as they are written, and arguments may be left out.
  vim.cmd('messages clear')
  vim.cmd('PolicycCall {"name": "create_charge", "arguments": {"amount": 100.000000000000000001}}')
  await('an exact decision', function()
    return has(vim.fn.execute('messages'), '(not allowed)')
  end, function()
    return vim.fn.execute('messages')
  end)
  vim.cmd('messages clear')
  vim.cmd('PolicycCall {"name": "get_order"}')
  await('a call without arguments', function()
    return has(vim.fn.execute('messages'), 'allow')
  end, function()
    return vim.fn.execute('messages')
  end)
end)

step('code lenses run a test', function()
  go('|test "a small')
  local lens
  for _, one in ipairs(ask('textDocument/codeLens', { textDocument = here().textDocument })) do
    if one.command.command == 'policyc.runTests' and one.command.arguments[2] == 'a small charge passes' then
      lens = one
    end
  end
  check('a lens', lens)
  vim.lsp.commands['policyc.runTests'](lens.command, { bufnr = policy })
  await('the result', function()
    return has(shown('policyc://tests'), '0 passed, 1 failed')
  end, function()
    return shown('policyc://tests')
  end)
  vim.cmd('only')
end)

step('code lenses lead to the places they speak of', function()
  go('allow |@readers')
  local lens
  for _, one in ipairs(ask('textDocument/codeLens', { textDocument = here().textDocument })) do
    if one.command.command == 'policyc.showPlaces' then
      lens = one
    end
  end
  check('a lens', lens)
  vim.fn.setqflist({})
  vim.lsp.commands[lens.command.command](lens.command, { bufnr = policy, client_id = clients()[1].id })
  check('places', #vim.fn.getqflist() > 0)
  vim.cmd('cclose')
end)

step('a saved catalogue is read again', function()
  vim.cmd('edit shop.json')
  local catalogue = vim.api.nvim_get_current_buf()
  local text = text_of(catalogue)
  vim.api.nvim_buf_set_lines(catalogue, 0, -1, true, vim.split(text:gsub('"get_comments"', '"get_remarks"'), '\n'))
  vim.cmd('silent write')
  vim.cmd('buffer ' .. policy)
  await('the policy is checked again', function()
    return found()['unknown-tool']
  end, found)
  vim.cmd('buffer ' .. catalogue)
  vim.cmd('silent undo')
  vim.cmd('silent write')
  vim.cmd('buffer ' .. policy)
  await('and again', function()
    return not found()['unknown-tool']
  end, found)
end)

step('what another buffer holds counts, once the policy is looked at again', function()
  vim.fn.writefile({ 'allow get_comments;' }, 'base.pol')
  vim.api.nvim_buf_set_lines(policy, 0, 0, true, { 'import "base.pol";' })
  await('no error', function()
    return not found()['unreadable-file'] and vim.tbl_isempty(vim.diagnostic.get(policy, { severity = vim.diagnostic.severity.ERROR }))
  end, found)
  vim.cmd('edit base.pol')
  local base = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(base, -1, -1, true, { 'let limit_of_a_charge = 5;' })
  vim.cmd('sleep 200m')
  vim.cmd('buffer ' .. policy)
  await('an error', function()
    return found()['duplicate-name']
  end, found)
  vim.cmd('silent bwipeout! ' .. base)
  vim.api.nvim_buf_set_lines(policy, 0, 1, true, {})
  await('it goes', function()
    return vim.tbl_isempty(vim.diagnostic.get(policy, { severity = vim.diagnostic.severity.ERROR }))
  end, found)
end)

step('a catalogue that another program writes is read again, where this Neovim watches files', function()
  local client = clients()[1]
  local capabilities = client.capabilities or client.config.capabilities
  local watched = (capabilities.workspace.didChangeWatchedFiles or {}).dynamicRegistration
  if not watched then
    return say('  this one does not')
  end
  local text = table.concat(vim.fn.readfile('shop.json'), '\n')
  local function write(new)
    local file = assert(io.open('shop.json', 'w'))
    file:write(new)
    file:close()
  end
  write((text:gsub('"get_comments"', '"get_remarks"')))
  await('the policy is checked again', function()
    return found()['unknown-tool']
  end, found)
  write(text .. '\n')
  await('and again', function()
    return not found()['unknown-tool']
  end, found)
end)

step('undo and redo reach the server as any edit', function()
  replace('let limit_of_a_charge = 100;', 'let limit_of_a_charge = "much";')
  await('a finding', function()
    return not vim.tbl_isempty(vim.diagnostic.get(policy, { severity = vim.diagnostic.severity.ERROR }))
  end)
  vim.cmd('silent undo')
  await('it goes', function()
    return vim.tbl_isempty(vim.diagnostic.get(policy, { severity = vim.diagnostic.severity.ERROR }))
  end)
end)

step('the last line is written, and the policy saved', function()
  vim.api.nvim_buf_set_lines(policy, -1, -1, false, { '// the last line' })
  vim.api.nvim_set_current_win(source)
  vim.cmd('buffer ' .. policy)
end)

say(('Neovim %d.%d.%d'):format(version.major, version.minor, version.patch))
for _, one in ipairs(steps) do
  local ok, message = xpcall(one[2], function(message)
    return type(message) == 'string' and has(message, '.lua:') and debug.traceback(message) or message
  end)
  if not ok then
    io.stderr:write('FAILED: ' .. one[1] .. '\n' .. tostring(message) .. '\n')
    vim.cmd('cquit 3')
  end
  say(one[1])
end
vim.cmd('wqall')
