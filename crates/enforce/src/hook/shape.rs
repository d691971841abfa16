//! The events of clients, as data: by which keys each is recognised, where it has what a decision needs, and which answer is understood.
//!
//! The keys, the names and the answers are those of the programs in the versions that docs/hook.md lists.

use super::answer::Form;
use super::names::Naming;

/// A client, as `--client` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its name on the command line.
    pub name: &'static str,
    /// The events that it sends. The first that fits is taken.
    pub(super) shapes: &'static [&'static Shape],
    /// The answer to what is none of them.
    pub(super) otherwise: Form,
}

impl Client {
    /// All clients, in the order of the table in docs/hook.md.
    pub const ALL: [Self; 10] = [
        Self { name: "claude-code", shapes: &[&CLAUDE, &VSCODE], otherwise: Form::PreToolUse },
        Self { name: "codex", shapes: &[&CODEX, &CODEX_PERMISSION], otherwise: Form::PreToolUse },
        Self { name: "copilot", shapes: &[&COPILOT_SNAKE, &COPILOT, &VSCODE], otherwise: Form::Copilot },
        Self { name: "gemini-cli", shapes: &[&GEMINI], otherwise: Form::Gemini },
        Self { name: "qwen-code", shapes: &[&QWEN], otherwise: Form::PreToolUse },
        Self { name: "cline", shapes: &[&CLINE, &CLINE_EXTENSION], otherwise: Form::Cline },
        Self { name: "opencode", shapes: &[&OPENCODE], otherwise: Form::Status },
        Self { name: "vscode", shapes: &[&VSCODE], otherwise: Form::PreToolUse },
        Self { name: "cursor", shapes: &[&CURSOR], otherwise: Form::Cursor },
        Self { name: "windsurf", shapes: &[&WINDSURF], otherwise: Form::Status },
    ];

    /// The client of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.name == name)
    }
}

/// What happens where a person should be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The client asks, and does not come back.
    Asks,
    /// The client asks if it gets no answer.
    AsksAtSilence,
    /// The client cannot ask, or would ask where it should not: the call is denied.
    Denied,
}

/// Whether the client sends two events about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// One event.
    Only,
    /// The first of two.
    First,
    /// The second of two.
    Second,
}

/// One event of a client. Places are keys, with dots between those of nested objects.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// For messages.
    pub(super) name: &'static str,
    /// The key that names the event, and its value.
    pub(super) event: Option<(&'static str, &'static str)>,
    /// Where there must be texts, besides those below: they tell this event from others.
    pub(super) texts: &'static [&'static str],
    /// Keys of other clients that call their event the same.
    pub(super) foreign: &'static [&'static str],
    /// The name of the tool, as the client calls it.
    pub(super) tool: &'static str,
    /// The arguments.
    pub(super) arguments: &'static str,
    /// Whether the arguments are a text that holds JSON.
    pub(super) arguments_are_text: bool,
    /// How that name is made.
    pub(super) naming: Naming,
    /// What the client understands.
    pub(super) form: Form,
    pub(super) held: Held,
    pub(super) turn: Turn,
}

const BASE: Shape = Shape {
    name: "",
    event: Some(("hook_event_name", "PreToolUse")),
    texts: &["session_id"],
    foreign: &[],
    tool: "tool_name",
    arguments: "tool_input",
    arguments_are_text: false,
    naming: Naming::MCP,
    form: Form::PreToolUse,
    held: Held::Denied,
    turn: Turn::Only,
};

const CLAUDE: Shape = Shape {
    name: "PreToolUse of Claude Code",
    texts: &["session_id", "tool_use_id"],
    foreign: &["turn_id", "tool_call_id"],
    naming: Naming { server: Some("mcp_server.name"), ..Naming::MCP },
    held: Held::Asks,
    ..BASE
};

const CODEX: Shape = Shape {
    name: "PreToolUse of Codex",
    texts: &["session_id", "turn_id"],
    naming: Naming { keeps: "_", ..Naming::MCP },
    form: Form::DenyOnly,
    held: Held::AsksAtSilence,
    turn: Turn::First,
    ..BASE
};

const CODEX_PERMISSION: Shape = Shape {
    name: "PermissionRequest of Codex",
    event: Some(("hook_event_name", "PermissionRequest")),
    form: Form::PermissionRequest,
    turn: Turn::Second,
    ..CODEX
};

const COPILOT: Shape = Shape {
    name: "preToolUse of Copilot CLI",
    event: None,
    texts: &["sessionId"],
    tool: "toolName",
    arguments: "toolArgs",
    naming: Naming { before: "", between: "-", other: '-', ..Naming::MCP },
    form: Form::Copilot,
    held: Held::Asks,
    ..BASE
};

const COPILOT_SNAKE: Shape = Shape {
    name: "PreToolUse of Copilot CLI",
    event: Some(("hook_event_name", "PreToolUse")),
    texts: &["session_id"],
    foreign: &["mcp_server", "permission_mode", "tool_use_id", "turn_id"],
    tool: "tool_name",
    arguments: "tool_input",
    ..COPILOT
};

const GEMINI: Shape = Shape {
    name: "BeforeTool of Gemini CLI",
    event: Some(("hook_event_name", "BeforeTool")),
    naming: Naming {
        before: "mcp_",
        between: "_",
        keeps: "_.:-",
        server: Some("mcp_context.server_name"),
        tool: Some("mcp_context.tool_name"),
        ..Naming::MCP
    },
    form: Form::Gemini,
    ..BASE
};

const QWEN: Shape = Shape {
    name: "PreToolUse of Qwen Code",
    texts: &["session_id", "tool_call_id"],
    foreign: &["turn_id", "mcp_server"],
    form: Form::DenyOnly,
    ..BASE
};

const CLINE: Shape = Shape {
    name: "tool_call of Cline CLI",
    event: Some(("hookName", "tool_call")),
    texts: &["taskId"],
    tool: "tool_call.name",
    arguments: "tool_call.input",
    naming: Naming { before: "", ..Naming::MCP },
    form: Form::Cline,
    ..BASE
};

const CLINE_EXTENSION: Shape = Shape {
    name: "PreToolUse of Cline",
    event: Some(("hookName", "PreToolUse")),
    tool: "preToolUse.toolName",
    arguments: "preToolUse.parameters.arguments",
    arguments_are_text: true,
    naming: Naming {
        server: Some("preToolUse.parameters.server_name"),
        tool: Some("preToolUse.parameters.tool_name"),
        only: Some("use_mcp_tool"),
        ..Naming::MCP
    },
    ..CLINE
};

const OPENCODE: Shape = Shape {
    name: "event of the plugin for opencode",
    event: None,
    texts: &["sessionID", "callID"],
    tool: "tool",
    arguments: "args",
    naming: Naming { before: "", between: "_", ..Naming::MCP },
    form: Form::Status,
    ..BASE
};

const VSCODE: Shape = Shape {
    name: "PreToolUse of Visual Studio Code",
    event: Some(("hookEventName", "PreToolUse")),
    texts: &["sessionId"],
    naming: Naming { before: "mcp_", between: "_", ..Naming::MCP },
    form: Form::AskOrDeny,
    held: Held::Asks,
    ..BASE
};

const CURSOR: Shape = Shape {
    name: "beforeMCPExecution of Cursor",
    event: Some(("hook_event_name", "beforeMCPExecution")),
    texts: &["conversation_id"],
    arguments_are_text: true,
    naming: Naming { bare: true, ..Naming::MCP },
    form: Form::Cursor,
    ..BASE
};

const WINDSURF: Shape = Shape {
    name: "pre_mcp_tool_use of Windsurf",
    event: Some(("agent_action_name", "pre_mcp_tool_use")),
    texts: &["trajectory_id", "tool_info.mcp_server_name"],
    tool: "tool_info.mcp_tool_name",
    arguments: "tool_info.mcp_tool_arguments",
    naming: Naming { server: Some("tool_info.mcp_server_name"), tool: Some("tool_info.mcp_tool_name"), ..Naming::MCP },
    form: Form::Status,
    ..BASE
};
