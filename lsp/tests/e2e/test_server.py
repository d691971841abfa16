"""The language server with the clients of pytest-lsp: each answer is read into the types of the protocol, and what a client did not say
it understands is an error. `POLICYC` names the compiler, which is the server, too."""

import asyncio
import json
import os

import pytest
from conftest import CONFIG, PATIENCE, SOME, clients
from lsprotocol import types
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio

POLICY = """\
server shop from "shop.json";
let most = 100;
group readers = get_order, get_comments;

/// Nothing passes that nobody thought of.
deny *;
allow @readers;
allow create_charge when args.amount <= most;
limit create_charge 10/hour;

test "a small charge passes" {
  call create_charge {"amount": 5, "currency": "EUR", "customer": 7} -> allow;
}
test "ünïcödé 🦀 is no order" {
  call get_order {"order_id": 1} -> deny "🦀";
}
"""
UGLY = 'server shop from "shop.json";\ndeny   *;\nlimit   get_order    5/min   ;\n'
OPTIONS = types.FormattingOptions(tab_size=2, insert_spaces=True)


def lines(places):
    return sorted({place.range.start.line for place in places})


def labels(result):
    items = result.items if isinstance(result, types.CompletionList) else result
    return {item.label: item for item in items}


def plain(value):
    """An answer of any form as dictionaries and lists."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


async def test_what_it_offers(session):
    server = session.server
    assert server.text_document_sync.change == types.TextDocumentSyncKind.Incremental
    capabilities = session.client.capabilities
    general = capabilities.general
    offered = (general and general.position_encodings) or ["utf-16"]
    assert server.position_encoding in offered
    asks = bool(capabilities.text_document and capabilities.text_document.diagnostic)
    assert (server.diagnostic_provider is not None) == asks
    assert set(server.execute_command_provider.commands) == {"policyc.runTests", "policyc.evalCall", "policyc.showArtefact"}


async def test_findings(session):
    session.open(POLICY.replace("allow @readers", "allow get_odrer, @readers"))
    found = await session.until(lambda codes: "unknown-tool" in codes)
    one = next(one for one in found if one.code == "unknown-tool")
    assert session.slice(one.range, session.texts["p.pol"]) == "get_odrer"
    assert (one.severity, one.source) == (types.DiagnosticSeverity.Error, "policyc")
    session.replace("get_odrer", "get_order")
    await session.until(lambda codes: "unknown-tool" not in codes)
    # Lints come after the errors.
    session.replace("let most = 100;", "let most = 100;\nlet none = 1;")
    found = await session.until(lambda codes: "unused-let" in codes)
    one = next(one for one in found if one.code == "unused-let")
    tags = getattr(session.client.capabilities.text_document, "publish_diagnostics", None)
    if tags and tags.tag_support:
        assert types.DiagnosticTag.Unnecessary in one.tags
    session.replace("let none = 1;\n", "")
    await session.until(lambda codes: "unused-let" not in codes)
    # What was said of a closed policy is taken back.
    if not session.pulls:
        session.replace("deny *", "deny nothing_of_it")
        await session.until(lambda codes: "unknown-tool" in codes)
        session.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=session.document()))
        await session.until(lambda codes: not codes)


@clients(["visual-studio-code that pulls", "neovim 0.10", "neovim 0.11"])
async def test_findings_that_are_asked_for(session):
    session.path("shut.pol").write_text('server shop from "shop.json";\nallow nothing_of_it;\n')
    session.open(POLICY + "allow get_odrer;\n")
    ask = session.client.text_document_diagnostic_async
    first = await ask(types.DocumentDiagnosticParams(text_document=session.document()))
    assert first.kind == "full" and "unknown-tool" in [one.code for one in first.items]
    again = await ask(types.DocumentDiagnosticParams(text_document=session.document(), previous_result_id=first.result_id))
    assert (again.kind, again.result_id) == ("unchanged", first.result_id)

    whole = await session.client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams(previous_result_ids=[]))
    reports = {report.uri: report for report in whole.items}
    assert "unknown-tool" in [one.code for one in reports[session.uri("shut.pol")].items]
    assert reports[session.uri()].version == 1
    known = [types.PreviousResultId(uri=uri, value=report.result_id) for uri, report in reports.items()]
    whole = await session.client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams(previous_result_ids=known))
    assert {report.kind for report in whole.items} == {"unchanged"}
    # Nobody is told twice.
    assert session.client.diagnostics == {}


async def test_completion(session):
    session.open(POLICY + "allow \ndeny create_charge when args.\ndeny create_charge when args.currency == \n")

    async def at(piece):
        return labels(await session.client.text_document_completion_async(types.CompletionParams(**session.at(piece))))

    tools = await at("\nallow |\n")
    assert {"send_mail", "@financial"} <= set(tools)
    assert session.slice(tools["send_mail"].text_edit.range, session.texts["p.pol"]) == ""
    resolved = await session.client.completion_item_resolve_async(tools["send_mail"])
    text = resolved.documentation
    assert "Send a mail" in (text if isinstance(text, str) else text.value)
    arguments = await at("args.|\n")
    names = {label.removeprefix("args.") for label in arguments}
    assert {"amount", "currency", "customer", "metadata"} <= names and "order_id" not in names
    assert '"EUR"' in await at("currency == |")
    statements = await at("|\ndeny create_charge when args.\n")
    assert statements


async def test_hover(session):
    session.open(POLICY)
    found = await session.client.text_document_hover_async(types.HoverParams(**session.at("allow create_ch|arge")))
    assert session.slice(found.range, POLICY) == "create_charge"
    assert "Charge a customer" in found.contents.value and "denied unless" in found.contents.value
    found = await session.client.text_document_hover_async(types.HoverParams(**session.at("10/ho|ur")))
    assert "240" in found.contents.value
    assert await session.client.text_document_hover_async(types.HoverParams(**session.at("deny *;|\n"))) is None


async def test_definitions_and_references(session):
    session.open(POLICY)
    catalogue = session.path("shop.json").read_text()

    async def goes(piece, ask=session.client.text_document_definition_async, kind=types.DefinitionParams):
        found = await ask(kind(**session.at(piece)))
        places = found if isinstance(found, (list, tuple)) else [found]
        return [
            (place.target_uri, place.target_selection_range) if isinstance(place, types.LocationLink) else (place.uri, place.range)
            for place in places
        ]

    for ask, kind in [
        (session.client.text_document_definition_async, types.DefinitionParams),
        (session.client.text_document_declaration_async, types.DeclarationParams),
    ]:
        [(uri, range)] = await goes("allow create_ch|arge", ask, kind)
        assert uri == session.uri("shop.json") and '"create_charge"' in catalogue.split("\n")[range.start.line]
    [(uri, range)] = await goes("args.amo|unt")
    assert '"amount"' in catalogue.split("\n")[range.start.line]
    [(uri, range)] = await goes("<= mo|st")
    assert (uri, session.slice(range, POLICY)) == (session.uri(), "most")

    async def refers(piece, declaration, name="p.pol"):
        context = types.ReferenceContext(include_declaration=declaration)
        return await session.client.text_document_references_async(types.ReferenceParams(context=context, **session.at(piece, name)))

    assert lines(await refers("let mo|st", True)) == [1, 7]
    assert lines(await refers("let mo|st", False)) == [7]
    # From the catalogue, too.
    session.open(catalogue, "shop.json")
    assert lines(await refers('"create_ch|arge"', False, "shop.json")) == [5, 7, 8, 11]
    found = await session.client.text_document_document_highlight_async(
        types.DocumentHighlightParams(**session.at("@read|ers"))
    )
    assert lines(found) == [2, 6]


async def test_renaming(session):
    session.open(POLICY)
    prepared = await session.client.text_document_prepare_rename_async(types.PrepareRenameParams(**session.at("let mo|st")))
    assert prepared.placeholder == "most" and session.slice(prepared.range, POLICY) == "most"
    edit = await session.client.text_document_rename_async(types.RenameParams(new_name="limit_of_it", **session.at("let mo|st")))
    assert session.applied(session.changes(edit), POLICY) == POLICY.replace("most", "limit_of_it")
    for piece, name in [("allow create_ch|arge", "x"), ("let mo|st", "allow"), ("let mo|st", "a b"), ("group read|ers", "write")]:
        with pytest.raises(JsonRpcException) as wrong:
            await session.client.text_document_rename_async(types.RenameParams(new_name=name, **session.at(piece)))
        assert wrong.value.code == -32602 and wrong.value.message


async def test_outline(session):
    text = POLICY + "// one\n// two\n"
    session.open(text)
    symbols = await session.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(text_document=session.document())
    )
    nested = session.client.capabilities.text_document
    nested = bool(nested and nested.document_symbol and nested.document_symbol.hierarchical_document_symbol_support)
    assert all(isinstance(one, types.DocumentSymbol) == nested for one in symbols)
    assert [one.name for one in symbols][:4] == ["shop", "most", "@readers", "deny *"]
    assert "ünïcödé 🦀 is no order" in symbols[-1].name
    for one in symbols if nested else []:
        assert session.offset(one.range.start, text) <= session.offset(one.selection_range.start, text)
        assert session.offset(one.selection_range.end, text) <= session.offset(one.range.end, text)
    found = await session.client.workspace_symbol_async(types.WorkspaceSymbolParams(query="mst"))
    assert [one.name for one in found] == ["most"]
    folds = await session.client.text_document_folding_range_async(types.FoldingRangeParams(text_document=session.document()))
    assert {(one.start_line, one.end_line) for one in folds} >= {(10, 12), (13, 15), (16, 17)}
    [selection] = await session.client.text_document_selection_range_async(
        types.SelectionRangeParams(text_document=session.document(), positions=[session.place("args.amo|unt")])
    )
    grown = []
    while selection:
        grown.append(session.slice(selection.range, text))
        selection = selection.parent
    assert grown[0] == "amount" and grown[-1].startswith("server") and all(one in other for one, other in zip(grown, grown[1:]))
    [link] = await session.client.text_document_document_link_async(types.DocumentLinkParams(text_document=session.document()))
    assert link.target == session.uri("shop.json") and session.slice(link.range, text) == "shop.json"


async def test_colours(session):
    session.open(POLICY)
    document = session.document()
    full = await session.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(text_document=document))
    legend = session.server.semantic_tokens_provider.legend

    def tokens(data):
        line = character = 0
        for at in range(0, len(data), 5):
            down, right, length, kind, modifiers = data[at : at + 5]
            line, character = line + down, right if down else character + right
            start, end = types.Position(line, character), types.Position(line, character + length)
            names = {name for bit, name in enumerate(legend.token_modifiers) if modifiers >> bit & 1}
            yield session.slice(types.Range(start, end), session.texts["p.pol"]), legend.token_types[kind], names

    all_tokens = list(tokens(full.data))
    assert ("create_charge", "function", {"financial"}) in [(text, kind, names & {"financial"}) for text, kind, names in all_tokens]
    assert '"ünïcödé 🦀 is no order"' in [text for text, kind, _ in all_tokens if kind == "string"]
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    part = await session.client.text_document_semantic_tokens_range_async(
        types.SemanticTokensRangeParams(text_document=document, range=whole)
    )
    assert list(part.data) == list(full.data)
    session.replace("10/hour", "10/hour per grant")
    delta = await session.client.text_document_semantic_tokens_full_delta_async(
        types.SemanticTokensDeltaParams(text_document=document, previous_result_id=full.result_id)
    )
    data = list(full.data)
    for edit in sorted(delta.edits, key=lambda edit: -edit.start):
        data[edit.start : edit.start + edit.delete_count] = edit.data or []
    full = await session.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(text_document=document))
    assert data == list(full.data)


async def test_actions(session):
    session.open(POLICY.replace("allow @readers", "allow get_odrer, @readers"))
    found = await session.until(lambda codes: "unknown-tool" in codes)

    async def at(piece, only=None, diagnostics=()):
        spot = session.place(piece)
        return await session.client.text_document_code_action_async(
            types.CodeActionParams(
                text_document=session.document(),
                range=types.Range(spot, spot),
                context=types.CodeActionContext(diagnostics=list(diagnostics), only=only),
            )
        )

    actions = await at("get_o|drer", diagnostics=found)
    fix = next(one for one in actions if one.kind == types.CodeActionKind.QuickFix and "`get_order`" in one.title)
    assert fix.diagnostics[0].code == "unknown-tool"
    fixed = session.applied(session.changes(fix.edit), session.texts["p.pol"])
    assert fixed == POLICY.replace("allow @readers", "allow get_order, @readers")
    actions = await at("get_o|drer", only=[types.CodeActionKind.Refactor])
    assert all(str(one.kind.value if hasattr(one.kind, "value") else one.kind).startswith("refactor") for one in actions)
    session.replace("get_odrer, ", "")
    session.replace("let most = 100;", "let most = 100;\nlet none = 1;")
    await session.until(lambda codes: "unused-let" in codes)
    actions = await at("let no|ne")
    here = next(one for one in actions if "unused-let" in one.title and "here" in one.title)
    assert "// policyc: allow(unused-let)" in session.applied(session.changes(here.edit), session.texts["p.pol"])
    [everything] = await at("|deny *", only=["source.fixAll"])
    assert "let none" not in session.applied(session.changes(everything.edit), session.texts["p.pol"])


async def test_formatting(session):
    session.open(UGLY)
    edits = await session.client.text_document_formatting_async(
        types.DocumentFormattingParams(text_document=session.document(), options=OPTIONS)
    )
    assert session.applied(edits, UGLY) == 'server shop from "shop.json";\ndeny *;\nlimit get_order 5/min;\n'
    edits = await session.client.text_document_range_formatting_async(
        types.DocumentRangeFormattingParams(text_document=session.document(), range=session.range("get_order"), options=OPTIONS)
    )
    assert session.applied(edits, UGLY) == UGLY.replace("limit   get_order    5/min   ;", "limit get_order 5/min;")
    edits = await session.client.text_document_on_type_formatting_async(
        types.DocumentOnTypeFormattingParams(ch=";", options=OPTIONS, **session.at("deny   *;|"))
    )
    assert session.applied(edits, UGLY) == UGLY.replace("deny   *", "deny *")


async def test_signatures(session):
    session.open(POLICY)
    found = await session.client.text_document_signature_help_async(
        types.SignatureHelpParams(**session.at("limit create_charge 1|0/hour"))
    )
    signature = found.signatures[found.active_signature or 0]
    start, end = signature.parameters[found.active_parameter].label
    assert signature.label.startswith("limit") and "/" in signature.label[start:end]


async def test_lenses_and_hints(session):
    session.open(POLICY)
    ask = types.CodeLensParams(text_document=session.document())
    lenses = await session.client.text_document_code_lens_async(ask)
    assert any("2 tools" in one.command.title for one in lenses)
    one = next(one for one in lenses if list(one.command.arguments or [])[1:] == ["ünïcödé 🦀 is no order"])
    # A client that has no list of places is not told to show one.
    assert {one.command.command for one in lenses} <= {"", "policyc.runTests"}
    answer = plain(await session.command(one.command.command, *one.command.arguments))
    assert (answer["passed"], answer["failed"]) == (0, 1)
    lenses = await session.client.text_document_code_lens_async(ask)
    assert any("failed" in one.command.title for one in lenses)
    workspace = session.client.capabilities.workspace
    if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
        await session.comes(lambda: session.client.lens_refreshes, "a request to ask for the lenses again")
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    hints = await session.client.text_document_inlay_hint_async(
        types.InlayHintParams(text_document=session.document(), range=whole)
    )
    assert any("2 tools" in hint.label for hint in hints)


@clients(SOME)
async def test_commands(session):
    session.open(POLICY)
    answer = plain(await session.command("policyc.runTests", session.uri()))
    assert (answer["passed"], answer["failed"]) == (1, 1)
    assert [(one["name"], one["passed"], one["line"]) for one in answer["results"]] == [
        ("a small charge passes", True, 11),
        ("ünïcödé 🦀 is no order", False, 15),
    ]
    call = {"name": "create_charge", "arguments": {"amount": 101, "currency": "EUR"}}
    answer = plain(await session.command("policyc.evalCall", session.uri(), call))
    assert (answer["verdict"], answer["rule"]) == ("deny", "(not allowed)") and "create_charge" in answer["trace"]
    answer = plain(await session.command("policyc.showArtefact", session.uri()))
    assert answer["language"] == "json" and json.loads(answer["text"])["tools"]["create_charge"]["limits"][0]["max"] == 10
    answer = plain(await session.command("policyc.showArtefact", session.uri(), "intercept"))
    assert answer["language"] == "yaml" and '"create_charge":' in answer["text"]
    session.replace("10/hour", "10/hour per caller.team")
    answer = plain(await session.command("policyc.showArtefact", session.uri()))
    assert answer["text"] is None and answer["problems"][0]["line"] == 9
    for arguments in [("policyc.nothing",), ("policyc.runTests",), ("policyc.showArtefact", session.uri(), "no-such-target")]:
        with pytest.raises(JsonRpcException) as wrong:
            await session.command(*arguments)
        assert wrong.value.code == -32602


async def test_settings(session):
    session.open(POLICY.replace("let most", "let none = 1;\nlet most"))
    await session.until(lambda codes: "unused-let" in codes)
    settings = {"lint": {"ignore": ["unused-let"]}, "codeLens": False, "target": "intercept"}
    session.client.set_configuration(settings, section="policyc")
    session.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings={"policyc": settings}))
    await session.until(lambda codes: "unused-let" not in codes)
    lenses = types.CodeLensParams(text_document=session.document())
    assert not await session.client.text_document_code_lens_async(lenses)
    assert plain(await session.command("policyc.showArtefact", session.uri()))["target"] == "intercept"
    # What is wrong in them is said to the user, and the rest counts.
    settings = {"lint": {"ignore": ["no-such-rule"]}, "codeLens": True}
    session.client.set_configuration(settings, section="policyc")
    session.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings={"policyc": settings}))
    await session.until(lambda codes: "unused-let" in codes)
    said = await session.comes(lambda: session.client.messages, "a message")
    assert said[0].type == types.MessageType.Warning and "no-such-rule" in said[0].message


async def test_files_that_change(session):
    capabilities = session.client.capabilities.workspace
    watches = capabilities and capabilities.did_change_watched_files and capabilities.did_change_watched_files.dynamic_registration
    if watches:
        [one] = await session.comes(lambda: session.client.registered, "a registration")
        assert one.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        globs = {watcher["globPattern"] for watcher in plain(one.register_options)["watchers"]} if one.register_options else set()
        assert globs == {"**/*.pol", "**/*.json", "**/policyc.toml", "**/policyc.lock"}
    session.path("base.pol").write_text("allow get_comments;\n")
    session.open('import "base.pol";\n' + POLICY)
    await session.until(lambda codes: "unknown-tool" not in codes)
    catalogue = session.path("shop.json").read_text()
    refreshes = session.client.diagnostic_refresh_count
    session.path("shop.json").write_text(catalogue.replace('"get_order"', '"get_orders"'))
    session.saved("shop.json")
    await session.until(lambda codes: "unknown-tool" in codes)
    if capabilities and capabilities.diagnostics and capabilities.diagnostics.refresh_support:
        await session.comes(lambda: session.client.diagnostic_refresh_count > refreshes, "a request to ask again")
    session.path("shop.json").write_text(catalogue)
    session.saved("shop.json")
    await session.until(lambda codes: "unknown-tool" not in codes)
    # A file that is open counts as it is in the editor, saved or not.
    session.open("let most = 5;\n", "base.pol")
    await session.until(lambda codes: "duplicate-name" in codes)
    session.replace("most", "other", "base.pol")
    await session.until(lambda codes: "duplicate-name" not in codes)
    # The configuration.
    session.replace("let most", "let none = 1;\nlet most")
    await session.until(lambda codes: "unused-let" in codes)
    session.path("policyc.toml").write_text('[lints]\nunused-let = "allow"\n')
    session.saved("policyc.toml", kind=types.FileChangeType.Created)
    await session.until(lambda codes: "unused-let" not in codes)


@clients(SOME)
async def test_folders(session):
    other = session.folder.parent / "other"
    other.mkdir()
    (other / "q.pol").write_text("deny *;\nlet elsewhere = 1;\n")
    added = types.WorkspaceFolder(uri=other.as_uri(), name="other")

    async def names():
        return [one.name for one in await session.client.workspace_symbol_async(types.WorkspaceSymbolParams(query="elsewhere"))]

    assert await names() == []
    for change, wanted in [({"added": [added], "removed": []}, ["elsewhere"]), ({"added": [], "removed": [added]}, [])]:
        session.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event=types.WorkspaceFoldersChangeEvent(**change))
        )
        assert await names() == wanted


ODD = 'deny a because "🦀 ünïcödé e\u0301 \u202eabc 𝒳"; deny   b;\r\n// 🦀🦀 // ü\r\nlet 🦀 = 1; let x = 2;\r\ndeny c when args.n > x and args."🦀" == "ü";\r\n'


async def test_text_of_all_kinds(session):
    """Positions are right behind characters that are one unit, two, or several."""
    session.open(ODD)
    for old, new in [("ünï", "𝒳🦀"), ("🦀🦀", "🦀"), ('"ü"', '"üüü 🦀"'), ("e\u0301", ""), ("\r\n//", "\n//"), ("deny   b", "deny b")]:
        session.replace(old, new)
    text = await session.client.protocol.send_request_async("policyc/text", {"textDocument": {"uri": session.uri()}})
    assert plain(text) == {"text": session.texts["p.pol"], "version": session.versions["p.pol"]}
    now = session.texts["p.pol"]
    found = await session.until(lambda codes: codes)
    slices = [session.slice(one.range, now) for one in found]
    assert any("🦀" in piece for piece in slices), slices
    prepared = await session.client.text_document_prepare_rename_async(types.PrepareRenameParams(**session.at("> |x and")))
    assert session.slice(prepared.range, now) == "x"
    edit = await session.client.text_document_rename_async(types.RenameParams(new_name="renamed", **session.at("> |x and")))
    assert session.applied(session.changes(edit), now) == now.replace("let x", "let renamed").replace("> x", "> renamed")
    hover = await session.client.text_document_hover_async(types.HoverParams(**session.at("deny c wh|en")))
    assert session.slice(hover.range, now) == "when"


@clients(SOME)
async def test_what_is_unfinished_or_far_away(session):
    """Every question has an answer, whatever stands there."""
    session.open('server shop from "shop.json"\nallow create_charge when args.\ntest "x {\n call (((\n')
    far = types.Position(line=4000, character=4000)
    for spot in [session.place("args.|"), session.place("call |((("), far]:
        at = {"text_document": session.document(), "position": spot}
        await session.client.text_document_completion_async(types.CompletionParams(**at))
        await session.client.text_document_hover_async(types.HoverParams(**at))
        await session.client.text_document_definition_async(types.DefinitionParams(**at))
        await session.client.text_document_signature_help_async(types.SignatureHelpParams(**at))
    elsewhere = types.TextDocumentIdentifier(uri=session.uri("nowhere.pol"))
    assert await session.client.text_document_hover_async(types.HoverParams(elsewhere, types.Position(0, 0))) is None
    with pytest.raises(JsonRpcException) as wrong:
        await session.client.protocol.send_request_async("policyc/noSuchThing", {})
    assert wrong.value.code == -32601


@clients(SOME)
async def test_many_edits_and_questions_at_once(session):
    """The answer to a question is about the text that was there when it was asked."""
    session.open(POLICY)
    asked = []
    for number in range(30):
        session.replace(f"create_charge {10 + number}/hour", f"create_charge {11 + number}/hour")
        ask = types.HoverParams(**session.at(f"create_charge {11 + number}/ho|ur"))
        asked.append(session.client.text_document_hover_async(ask))
    answers = await asyncio.wait_for(asyncio.gather(*asked), PATIENCE)
    assert str(24 * 40) in answers[-1].contents.value
    if not session.pulls:
        await session.comes(lambda: session.client.diagnostics.get(session.uri()) is not None, "findings")


@clients(SOME)
async def test_goodbye(session):
    """After `shutdown` nothing is answered; `exit` ends the server with 0."""
    session.open(POLICY)
    client = session.client
    await client.shutdown_async(None)
    with pytest.raises(JsonRpcException) as wrong:
        await client.text_document_hover_async(types.HoverParams(**session.at("allow create_ch|arge")))
    assert wrong.value.code == -32600
    client.exit(None)
    client.ended = True
    assert await asyncio.wait_for(client._server.wait(), PATIENCE) == 0


async def test_an_exit_without_shutdown_is_a_failure():
    client = await CONFIG.start()
    await client.initialize_session(types.InitializeParams(capabilities=types.ClientCapabilities()))
    client.exit(None)
    assert await asyncio.wait_for(client._server.wait(), PATIENCE) == 1
    await client.stop()


async def test_it_goes_when_its_client_is_gone(tmp_path):
    """A client that is killed says nothing: its end of the pipe is closed."""
    client = await CONFIG.start()
    await client.initialize_session(
        types.InitializeParams(capabilities=types.ClientCapabilities(), process_id=os.getpid(), root_uri=tmp_path.as_uri())
    )
    client._server.stdin.close()
    assert await asyncio.wait_for(client._server.wait(), PATIENCE) == 1
    await client.stop()
