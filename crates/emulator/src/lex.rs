//! Text to tokens.

use crate::error::Reason;

/// A token with its line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Tokens of a file: words (with the dots inside them), numbers, strings, and single marks. Comments and lines of debugging
/// (`.loc`, `.file`) are left out.
///
/// # Errors
/// Line and reason of a mark that PTX does not have.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, (usize, Reason)> {
    let bytes = text.as_bytes();
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest[0] {
            b'\n' => {
                line += 1;
                at += 1;
            }
            byte if byte.is_ascii_whitespace() => at += 1,
            b'/' if rest.starts_with(b"//") => at += length(rest, |byte| byte != b'\n'),
            b'/' if rest.starts_with(b"/*") => {
                let end = text[at..].find("*/").ok_or((line, "a comment without an end".to_owned()))?;
                line += text[at..at + end].matches('\n').count();
                at += end + 2;
            }
            b'"' => {
                let end = text[at + 1..].find('"').ok_or((line, "a string without an end".to_owned()))?;
                found.push(Token { line, text: text[at..at + end + 2].to_owned() });
                at += end + 2;
            }
            byte if is_word(byte) => {
                let word = &text[at..at + length(rest, is_word)];
                if word == ".loc" || word == ".file" {
                    at += length(rest, |byte| byte != b'\n');
                    continue;
                }
                found.push(Token { line, text: word.to_owned() });
                at += word.len();
            }
            byte if b"{}[]()<>,;:=+-@!|".contains(&byte) => {
                found.push(Token { line, text: char::from(byte).to_string() });
                at += 1;
            }
            byte => return Err((line, format!("no PTX has a {:?} here", char::from(byte)))),
        }
    }
    Ok(found)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_$%.".contains(&byte)
}

fn length(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !belongs(byte)).unwrap_or(bytes.len())
}

/// A number's bits: decimal, `0x…`, octal, `0f…` (bits of an f32), `0d…` (of an f64), with whether it is a float.
pub(crate) fn number(word: &str) -> Option<(u64, bool)> {
    let word = word.strip_suffix('U').unwrap_or(word);
    let (digits, radix, float) = match word.get(..2) {
        Some("0x" | "0X") => (&word[2..], 16, false),
        Some("0f" | "0F" | "0d" | "0D") => (&word[2..], 16, true),
        Some("0b" | "0B") => (&word[2..], 2, false),
        _ if word.len() > 1 && word.starts_with('0') => (&word[1..], 8, false),
        _ => (word, 10, false),
    };
    let width = if word.starts_with("0d") || word.starts_with("0D") { 16 } else { 8 };
    if float && digits.len() != width {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(|bits| (bits, float))
}
