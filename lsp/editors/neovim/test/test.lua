-- nvim --headless -u test/init.vim -c 'luafile test/test.lua'
--
-- With the variable POLICYC, the name of the compiler, its language server is started too.

local failures = 0
local count = 0

local function check(what, ok, got)
  count = count + 1
  if not ok then
    failures = failures + 1
    io.stderr:write('FAILED ' .. what .. (got ~= nil and ': ' .. vim.inspect(got) or '') .. '\n')
  end
end

local function equal(what, got, wanted)
  check(what, vim.deep_equal(got, wanted), got)
end

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
local text = vim.fn.readfile(here .. '/all.pol')

local function finish()
  print(('%d checks, %d failed\n'):format(count, failures))
  vim.cmd(failures == 0 and 'qall!' or 'cquit')
end

local function run()
  -- The server only where the test asks for it.
  vim.g.policyc_lsp = false
  vim.cmd('edit ' .. vim.fn.fnameescape(here .. '/all.pol'))
  equal('file type', vim.bo.filetype, 'policyc')
  equal('commentstring', vim.bo.commentstring, '// %s')
  equal('syntax', vim.b.current_syntax, 'policyc')
  equal('fold method', vim.wo.foldmethod, 'syntax')

  -- The group of a piece of text: `line`, what stands before it there, itself.
  local function group(line, needle, wanted, nth)
    local from = 0
    for _ = 1, nth or 1 do
      from = assert(text[line]:find(needle, from + 1, true), needle)
    end
    local name = vim.fn.synIDattr(vim.fn.synID(line, from, 1), 'name')
    check(('line %d, %s'):format(line, needle), name == wanted, name)
  end

  group(1, 'What', 'policycDocComment')
  group(2, 'remark', 'policycComment')
  group(2, 'policyc:', 'policycSuppression')
  group(3, 'server', 'policycKeyword')
  group(3, 'shop', 'policycModule')
  group(3, 'from', 'policycKeyword')
  group(3, 'catalogues', 'policycString')
  group(4, 'most', 'policycConstant')
  group(4, '50_000', 'policycNumber')
  group(4, '000', 'policycNumber')
  group(5, '\\n', 'policycEscape')
  group(5, 'true', 'policycBoolean')
  group(5, 'null', 'policycNull')
  group(6, 'mail', 'policycGroup')
  group(6, 'send_mail', 'policycName')
  group(6, 'odd', 'policycString')
  group(6, '*_message', 'policycGlob')
  group(6, 'message', 'policycGlob')
  group(6, '@read', 'policycSet')
  group(6, 'shop', 'policycServer')
  group(6, '::', 'policycOperator')
  group(6, 'except', 'policycKeyword')
  group(6, 'limit.y', 'policycName')
  group(7, '*', 'policycEverything')
  group(8, 'total', 'policycKeyword')
  group(8, '@mail', 'policycSet')
  group(8, '30', 'policycNumber')
  group(8, '/', 'policycOperator')
  group(8, '2min', 'policycNumber')
  group(8, 'min', 'policycUnit')
  group(8, 'args.items', 'policycPath')
  group(8, 'test', 'policycKey')
  group(8, 'per', 'policycKeyword')
  group(8, 'caller', 'policycPath')
  group(8, 'has', 'policycOperatorWord')
  group(9, 'hour', 'policycUnit')
  group(9, 'server', 'policycScope')
  group(9, 'when', 'policycKeyword')
  group(9, 'contains', 'policycOperatorWord')
  group(10, 'require', 'policycKeyword')
  group(10, 'not', 'policycOperatorWord')
  group(10, 'args', 'policycPath')
  group(10, 'a b', 'policycString')
  group(10, 'matches', 'policycOperatorWord')
  group(10, '"x', 'policycRegex')
  group(10, '\\\\', 'policycEscape')
  group(10, '+', 'policycRegexSpecial')
  group(10, 'length', 'policycFunction')
  group(10, 'args.c', 'policycPath')
  group(10, '<=', 'policycOperator')
  group(10, '"x*', 'policycPattern')
  group(10, '*', 'policycStar')
  group(11, 'allow', 'policycKeyword')
  group(11, 'for', 'policycKeyword')
  group(11, 'valid', 'policycKeyword')
  group(11, 'calls', 'policycKeyword')
  group(12, 'support', 'policycModule')
  group(13, 'hide', 'policycKeyword')
  group(15, 'test', 'policycKeyword')
  group(16, 'call', 'policycKeyword')
  group(16, '"a"', 'policycJsonKey')
  group(16, '-1.5', 'policycNumber')
  group(16, '->', 'policycOperator')
  group(16, 'deny', 'policycKeyword')
  group(17, 'wait', 'policycKeyword')
  group(17, 'min', 'policycUnit')
  group(19, '&&', 'policycWrong')
  group(19, "'b'", 'policycWrong')
  group(20, 'when_x', 'policycName')
  group(20, 'deny-all', 'policycName')
  group(20, 'allow_*', 'policycGlob')
  group(21, 'by', 'policycKeyword')
  group(21, 'by', 'policycName', 2)
  group(21, '*', 'policycEverything')
  group(21, 'email', 'policycKey')
  group(21, '"x', 'policycPattern')
  group(21, '*', 'policycStar', 2)
  group(21, 'most', 'policycConstant')
  group(21, '"y', 'policycRegex')
  group(21, '+', 'policycRegexSpecial')
  group(22, 'approved', 'policycName')
  group(22, 'approved', 'policycKeyword', 2)
  group(23, 'after', 'policycReserved')

  check('blocks fold', vim.fn.foldlevel(13) > 0)

  -- Indentation
  vim.cmd('enew!')
  vim.cmd('setfiletype policyc')
  local wanted = {
    'deny create_charge',
    '  when args.currency == "EUR" // ;',
    '    or args.note matches "x"',
    '      and not has args.reference',
    '  because "large";',
    'limit total',
    '    a,',
    '    b',
    '  1_000/hour;',
    'let many = [',
    '  "AT", "[",',
    '  "BE"',
    '];',
    'policy a {',
    '  // own',
    '  test "t" {',
    '    call x {',
    '      "a": [',
    '        1',
    '      ]',
    '    }',
    '      -> deny;',
    '  }',
    '  allow y',
    '  deny z;',
    '}',
  }
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.tbl_map(vim.trim, wanted))
  vim.cmd('silent normal! gg=G')
  equal('indentation', vim.api.nvim_buf_get_lines(0, 0, -1, false), wanted)

  -- What `policyc fmt` wrote, in the folder that POLICYC_FORMATTED names, is indented as it is.
  local folder_of_formatted = os.getenv('POLICYC_FORMATTED')
  if folder_of_formatted then
    local files = vim.fn.globpath(folder_of_formatted, '**/*.pol', false, true)
    check('formatted policies', #files > 0)
    for _, file in ipairs(files) do
      local lines = vim.fn.readfile(file)
      vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.tbl_map(vim.trim, lines))
      vim.cmd('silent normal! gg=G')
      local made = vim.api.nvim_buf_get_lines(0, 0, -1, false)
      check('indentation of ' .. file, vim.deep_equal(made, lines))
    end
  end

  -- The configuration for 0.11
  local config = dofile(here .. '/../lsp/policyc.lua')
  equal('cmd', config.cmd, { 'policyc', 'lsp' })
  equal('filetypes', config.filetypes, { 'policyc' })
  equal('root markers', config.root_markers, { 'policyc.toml', '.git' })
  if vim.lsp.config then
    equal('vim.lsp.config finds it', vim.lsp.config.policyc and vim.lsp.config.policyc.filetypes, { 'policyc' })
  end

  -- The server: a stand-in, and the real one if POLICYC names it.
  local function client_name()
    local list = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = 0 })
      or vim.tbl_values(vim.lsp.buf_get_clients(0))
    return list[1] and list[1].name, list[1]
  end
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder .. '/deep er', 'p')
  vim.fn.writefile({}, folder .. '/policyc.toml')

  local function open(command, name)
    if vim.lsp.config then
      vim.lsp.config('policyc', { cmd = command })
      vim.lsp.enable('policyc')
    else
      vim.g.policyc_lsp = true
      vim.g.policyc_cmd = command
    end
    local file = folder .. '/deep er/' .. name
    vim.fn.writefile({ 'deny *;', 'test "a test" {', '}' }, file)
    vim.cmd('edit! ' .. vim.fn.fnameescape(file))
    local ready = vim.wait(10000, function()
      local _, client = client_name()
      return client ~= nil and (client.initialized or client.server_capabilities ~= nil)
    end, 20)
    check('the server starts: ' .. table.concat(command, ' '), ready)
    return ready
  end
  local function content(pattern)
    local buffer = vim.fn.bufnr(pattern)
    return buffer ~= -1 and table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') or nil
  end
  local function becomes(what, pattern, needle)
    local ok = vim.wait(5000, function()
      return (content(pattern) or ''):find(needle, 1, true) ~= nil
    end, 20)
    check(what, ok, content(pattern))
  end

  local warned
  local notify = vim.notify
  vim.notify = function(message)
    warned = message
  end
  vim.cmd('PolicycTest')
  check('without a server the commands say so', (warned or ''):find('no language server', 1, true) ~= nil, warned)

  if vim.fn.executable('node') == 1 and open({ 'node', here .. '/server.mjs' }, 'a.pol') then
    local _, client = client_name()
    equal('root', vim.fn.resolve(client.config.root_dir), vim.fn.resolve(folder))
    local source = vim.api.nvim_get_current_win()

    vim.cmd('PolicycArtefact intercept')
    becomes('the artefact is shown', 'policyc://intercept/a.pol', 'intercept')
    equal('its language', vim.bo[vim.fn.bufnr('policyc://intercept/a.pol')].filetype, 'json')
    equal('the cursor stays', vim.api.nvim_get_current_win(), source)
    vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'allow *;' })
    vim.cmd('doautocmd TextChanged')
    becomes('it follows the source', 'policyc://intercept/a.pol', 'allow *;')
    vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'broken' })
    vim.cmd('doautocmd TextChanged')
    local artefact = vim.fn.bufnr('policyc://intercept/a.pol')
    local below
    vim.wait(5000, function()
      local space = vim.api.nvim_get_namespaces().policyc
      local mark = vim.api.nvim_buf_get_extmarks(artefact, space, 0, -1, { details = true })[1]
      below = mark and mark[4].virt_lines and mark[4].virt_lines[1][1][1]
      return below ~= nil
    end, 20)
    equal('problems stand below the last artefact', below, 'line 1: it is broken')
    check('which stays', content('policyc://intercept/a.pol'):find('allow *;', 1, true) ~= nil)

    vim.cmd('PolicycTest')
    becomes('all tests', 'policyc://tests', 'FAILED  a.pol:2: of all\n        one\n        two')
    vim.cmd('PolicycTest a test')
    becomes('one test', 'policyc://tests', '0 passed, 1 failed\nFAILED  a.pol:2: of a test')
    equal('names are completed', vim.fn.getcompletion('PolicycTest a', 'cmdline'), { 'a test' })

    local lens = { title = 'Run', command = 'policyc.runTests', arguments = { vim.uri_from_bufnr(0), 'by a lens' } }
    vim.lsp.commands['policyc.runTests'](lens, { bufnr = vim.api.nvim_get_current_buf() })
    becomes('a code lens', 'policyc://tests', 'of by a lens')

    vim.cmd('messages clear')
    vim.cmd('PolicycCall {"name": "send_mail", "arguments": {}}')
    local said
    vim.wait(5000, function()
      said = vim.api.nvim_exec and vim.api.nvim_exec('messages', true) or vim.fn.execute('messages')
      return said:find('allow  send_mail', 1, true) ~= nil
    end, 20)
    check('a call', (said or ''):find('allow  send_mail', 1, true) ~= nil, said)
    warned = nil
    vim.cmd('PolicycCall nonsense')
    check('no call', (warned or ''):find('a call is an object', 1, true) ~= nil, warned)
    vim.cmd('only')
  end

  local program = os.getenv('POLICYC')
  local has_server = false
  if program and program ~= '' then
    vim.fn.system({ program, 'lsp', '--help' })
    has_server = vim.v.shell_error == 0
    if not has_server then
      print('not tried: ' .. program .. ' has no command `lsp`\n')
    end
  end
  if has_server then
    if vim.lsp.stop_client then
      local _, client = client_name()
      if client then
        vim.lsp.stop_client(client.id, true)
        -- One that is ending would be taken for the one that is wanted.
        vim.wait(5000, function()
          return vim.lsp.get_client_by_id(client.id) == nil
        end, 20)
      end
    end
    open({ program, 'lsp' }, 'b.pol')
  end
  vim.notify = notify
  vim.fn.delete(folder, 'rf')
end

local ok, message = xpcall(run, debug.traceback)
check('the test itself', ok, message)
finish()
