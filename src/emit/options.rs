//! What can be said of a target in `policyc.toml`, in its table `[targets.NAME]`.

use std::collections::BTreeMap;

use super::Target;

/// A key of the table of a target.
#[derive(Debug, PartialEq, Eq)]
pub struct TargetOption {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub kind: OptionKind,
    /// What it says, in Markdown, as the rest of a sentence.
    pub meaning: &'static str,
}

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text,
    /// A whole number from 1 on.
    Count,
    /// One of these texts.
    OneOf(&'static [&'static str]),
}

impl OptionKind {
    /// As tables say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text | Self::OneOf(_) => "string",
            Self::Count => "whole number",
        }
    }
}

impl TargetOption {
    /// Which server a document is for.
    pub const SERVER: Self = Self {
        name: "server",
        kind: OptionKind::Text,
        meaning: "the server that the document is for, if the policy has several and neither `--server` nor `-o DIR` says it",
    };
    /// What a server is called in the settings of a program.
    pub const ALIAS: Self = Self {
        name: "alias",
        kind: OptionKind::Text,
        meaning: "the name that the server has in the settings of the program, if the policy declares none or another; of several \
                  servers that of the one which `server` names",
    };
    /// How many processes of a gateway count apart.
    pub const PROCESSES: Self = Self {
        name: "processes",
        kind: OptionKind::Count,
        meaning: "how many processes of the gateway stand before the server, each of which counts for itself; limits are divided among \
                  them",
    };
    /// Who keeps counts for a gateway that keeps none.
    pub const COUNTERS: Self = Self {
        name: "counters",
        kind: OptionKind::OneOf(&["host"]),
        meaning: "`host` if the host counts calls and hands in what is left of each limit; without it limits are refused",
    };
    /// Where a gateway keeps its counts.
    pub const REDIS: Self = Self {
        name: "redis_url",
        kind: OptionKind::Text,
        meaning: "where the Redis is that counts for all processes of the gateway: `redis://HOST:6379/0`, or `{{ env.NAME }}` for what \
                  a variable of the gateway says",
    };
    /// How many teams count apart.
    pub const TEAMS: Self = Self {
        name: "teams",
        kind: OptionKind::Count,
        meaning: "how many teams tokens and tools belong to, no team being one more, each of which has counts of its own; limits \
                  that several teams share are divided among them",
    };
    /// The gateway of AgentCore.
    pub const GATEWAY: Self = Self {
        name: "gateway",
        kind: OptionKind::Text,
        meaning: "the ARN of the gateway, `arn:aws:bedrock-agentcore:REGION:ACCOUNT:gateway/ID`, which every statement names",
    };
    /// Where a server is.
    pub const HOST: Self = Self {
        name: "host",
        kind: OptionKind::Text,
        meaning: "the address of the server, like `http://127.0.0.1:3001/mcp`",
    };
    /// Where a gateway listens.
    pub const PORT: Self = Self {
        name: "port",
        kind: OptionKind::Count,
        meaning: "the port on which the gateway listens; 3000 if nothing is said",
    };
    /// The Gateway of Kubernetes that serves a route.
    pub const PARENT: Self = Self {
        name: "parent",
        kind: OptionKind::Text,
        meaning: "the name of the object `Gateway` that serves the route, in the namespace of the route",
    };
    /// Where objects of Kubernetes are.
    pub const NAMESPACE: Self = Self {
        name: "namespace",
        kind: OptionKind::Text,
        meaning: "the namespace of the route; without it that in which it is applied",
    };
    /// Who issues tokens of callers.
    pub const ISSUER: Self = Self {
        name: "issuer",
        kind: OptionKind::Text,
        meaning: "who issues the tokens of callers, as an address; needed for conditions about the caller, together with `resource`",
    };
    /// What tokens of callers are for.
    pub const RESOURCE: Self = Self {
        name: "resource",
        kind: OptionKind::Text,
        meaning: "the address of the route, which tokens must be for, and which clients are told",
    };
}

/// What `policyc.toml` says of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    /// Nothing is said.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// Sets an option.
    pub fn set(&mut self, option: &TargetOption, value: impl Into<String>) {
        self.0.insert(option.name, value.into());
    }

    /// Takes an option back.
    pub fn remove(&mut self, option: &TargetOption) {
        self.0.remove(option.name);
    }

    /// The value of an option.
    #[must_use]
    pub fn get(&self, option: &TargetOption) -> Option<&str> {
        self.0.get(option.name).map(String::as_str)
    }
}

/// What `policyc.toml` says of targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetSettings(BTreeMap<&'static str, Settings>);

impl TargetSettings {
    /// Nothing is said of any.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// Sets what is said of a target.
    pub fn set(&mut self, target: &Target, settings: Settings) {
        self.0.insert(target.name, settings);
    }

    /// What is said of a target.
    #[must_use]
    pub fn of(&self, target: &Target) -> &Settings {
        self.0.get(target.name).unwrap_or(Settings::NONE)
    }
}
