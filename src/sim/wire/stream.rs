//! AWS's event streams: `application/vnd.amazon.eventstream`
//! (<https://smithy.io/2.0/aws/amazon-eventstream.html>).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde_json::Value;

use super::{Exchange, Protocol, error, json, validate};
use crate::sim::call::Fault;
use crate::sim::models::{Kind, Model, ShapeId};

/// Writes the events of one stream.
#[derive(Debug, Clone, Copy)]
pub struct Frames<'m> {
    model: &'m Model,
    member: &'m str,
    events: ShapeId,
}

impl<'m> Frames<'m> {
    /// Those of an operation that answers with a stream.
    #[must_use]
    pub fn of(model: &'m Model, operation: &'m str) -> Option<Self> {
        let (member, events) = model.stream(model.operation(operation)?)?;
        Some(Self { model, member, events })
    }

    /// How a stream opens: the rest of the output, and the first event.
    ///
    /// # Errors
    /// The first event is none of the stream's.
    pub fn opening(&self, output: &Value, shape: Option<ShapeId>) -> Result<Vec<u8>, Fault> {
        let mut rest = output.clone();
        let first = rest.as_object_mut().and_then(|rest| rest.remove(self.member)).unwrap_or_default();
        let rest = json::encode(self.model, shape, &rest);
        let mut frames = message(&[(":message-type", "event"), (":event-type", "initial-response")], &rest);
        frames.extend(self.event(&first)?);
        Ok(frames)
    }

    /// The first event of an answer.
    #[must_use]
    pub fn first(&self, output: &Value) -> Value {
        output.get(self.member).cloned().unwrap_or_default()
    }

    /// One event, or one of the stream's exceptions.
    ///
    /// # Errors
    /// It is none of the stream's, or not what the model makes of it: a mistake of the service.
    pub fn event(&self, event: &Value) -> Result<Vec<u8>, Fault> {
        let wrong = |what: String| Fault::new("InternalFailure", format!("an event that the model forbids: {what}"));
        let Kind::Structure(events) = &self.model[self.events].kind else { return Err(wrong("no structure".into())) };
        let named = event.as_object().filter(|event| event.len() == 1).and_then(|event| event.iter().next());
        let known = named.and_then(|(name, value)| Some((name, value, events.members.get(name)?)));
        let (name, value, member) = known.ok_or_else(|| wrong(event.to_string()))?;
        if let Some(violation) = validate::output(self.model, member.shape, value).first() {
            return Err(wrong(violation.to_string()));
        }
        let exception = matches!(&self.model[member.shape].kind, Kind::Structure(one) if one.exception);
        let headers = match exception {
            true => [(":message-type", "exception"), (":exception-type", name.as_str())],
            false => [(":message-type", "event"), (":event-type", name.as_str())],
        };
        Ok(message(&headers, &json::encode(self.model, Some(member.shape), value)))
    }
}

impl Exchange<'_> {
    /// The head of an answer whose body is a stream.
    #[must_use]
    pub fn streaming(&self, request_id: &str) -> Response<Bytes> {
        let mut response = error::http(Protocol::Json, Some(self.model), 200, Vec::new(), request_id);
        let content_type = HeaderValue::from_static("application/vnd.amazon.eventstream");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    }
}

/// A header's value is text.
const TEXT: u8 = 7;

/// One message: lengths and their checksum, headers, payload, checksum of everything.
fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers.iter().chain(&[(":content-type", "application/json")]) {
        block.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        block.extend_from_slice(name.as_bytes());
        block.push(TEXT);
        block.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        block.extend_from_slice(value.as_bytes());
    }
    // The lengths and three checksums and counts of four bytes each.
    let total = block.len() + payload.len() + 16;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(&length(total));
    bytes.extend_from_slice(&length(block.len()));
    bytes.extend_from_slice(&checksum(&bytes).to_be_bytes());
    bytes.extend_from_slice(&block);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&checksum(&bytes).to_be_bytes());
    bytes
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// CRC-32 as in gzip.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| (crc >> 8) ^ TABLE[((crc ^ u32::from(*byte)) & 0xFF) as usize];
    !bytes.iter().fold(u32::MAX, step)
}

/// What each byte does to the checksum.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
        assert_eq!(checksum(b""), 0);
    }

    #[test]
    fn a_message_says_how_long_it_and_its_headers_are() {
        let message = message(&[(":event-type", "x")], b"{}");
        assert_eq!(message.len(), 4 + 4 + 4 + (1 + 11 + 1 + 2 + 1) + (1 + 13 + 1 + 2 + 16) + 2 + 4);
        assert_eq!(message[..4], (message.len() as u32).to_be_bytes());
        assert_eq!(message[4..8], 49_u32.to_be_bytes());
        assert_eq!(&message[12..25], b"\x0b:event-type\x07");
    }
}
