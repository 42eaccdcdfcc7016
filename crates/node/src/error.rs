//! One enum of everything that can go wrong behind the seam; JavaScript sees `ERR_CODE: text`.

use napi::Status;
use xmrl_autodiff::AutodiffError;
use xmrl_core::XmrlError;
use xmrl_envs::EnvError;
use xmrl_meta::MetaError;
use xmrl_policy::PolicyError;
use xmrl_rollout::RolloutError;

/// A failure with the code that TypeScript shows (`ts/errors.ts` lists them).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub(crate) struct SeamError {
    code: &'static str,
    text: String,
}

/// Results behind the seam.
pub(crate) type Result<T> = std::result::Result<T, SeamError>;

impl SeamError {
    /// An error of this code.
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Two shapes that do not fit.
    pub(crate) fn shape(name: &str, got: usize, want: &str) -> Self {
        Self::new("ERR_SHAPE", format!("{name} has {got} entries, expected {want}"))
    }
}

impl From<SeamError> for napi::Error {
    fn from(error: SeamError) -> Self {
        Self::new(Status::GenericFailure, error.to_string())
    }
}

/// The code of an error whose own text already says what, where and how to mend it.
trait Coded: std::fmt::Display {
    fn code(&self) -> &'static str;
}

impl Coded for EnvError {
    fn code(&self) -> &'static str {
        self.code()
    }
}

impl Coded for PolicyError {
    fn code(&self) -> &'static str {
        match self {
            Self::EmptyLayer { .. } | Self::Value { .. } => "ERR_SPEC_INVALID",
            Self::Shape { .. } => "ERR_SHAPE",
            Self::NonFinite { .. } => "ERR_NOT_FINITE",
            _ => "ERR_NATIVE",
        }
    }
}

impl Coded for AutodiffError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "ERR_SHAPE",
            Self::NotFinite { .. } => "ERR_NOT_FINITE",
            Self::Option { .. } => "ERR_SPEC_INVALID",
            _ => "ERR_NATIVE",
        }
    }
}

impl Coded for RolloutError {
    fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } | Self::PolicySize { .. } => "ERR_SHAPE",
            Self::Count { .. } => "ERR_SPEC_INVALID",
            Self::TooLarge { .. } => "ERR_USAGE",
            Self::Tasks(source) | Self::Start { source, .. } | Self::World(source) => source.code(),
            Self::Policy { source, .. } => source.code(),
            Self::NonFinite { .. } | Self::Row { .. } => "ERR_NOT_FINITE",
            Self::Device(_) => "ERR_DEVICE",
            _ => "ERR_NATIVE",
        }
    }
}

impl Coded for MetaError {
    fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } => "ERR_SHAPE",
            Self::Option { .. } => "ERR_SPEC_INVALID",
            Self::NonFinite { .. } => "ERR_NOT_FINITE",
            Self::Policy(source) => source.code(),
            Self::Autodiff(source) => source.code(),
            Self::Rollout { source, .. } => source.code(),
            Self::Task { source, .. } | Self::Mixing { source, .. } => source.code(),
            Self::Calculus(_) => "ERR_NATIVE",
        }
    }
}

impl Coded for XmrlError {
    fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } => "ERR_SHAPE",
            Self::NonFinite { .. } => "ERR_NOT_FINITE",
            Self::Option { .. } | Self::UnknownFamily { .. } => "ERR_SPEC_INVALID",
            Self::Autodiff(source) => source.code(),
            Self::Meta(source) => source.code(),
            _ => "ERR_NATIVE",
        }
    }
}

macro_rules! from_coded {
    ($($error:ty),*) => {$(
        impl From<$error> for SeamError {
            fn from(error: $error) -> Self {
                let (code, text) = (error.code(), error.to_string());
                // Of a C++ message only the first line is for people; the rest is its stack. Of a world's own code the stack is.
                Self::new(code, if code == "ERR_WORLD" { &text } else { text.lines().next().unwrap_or_default() })
            }
        }
    )*};
}

from_coded!(EnvError, PolicyError, AutodiffError, RolloutError, MetaError, XmrlError);
