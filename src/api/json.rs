//! Messages as proto3 JSON: the form of events and parties in files, and of results on the command line.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};

use super::{DESCRIPTORS, v1};

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the build made these descriptors"));

fn descriptor(name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(&format!("rapport.v1.{name}")).expect("callers name messages of proto/")
}

/// The descriptor of an event, for those who build one field by field.
pub(crate) fn event_descriptor() -> MessageDescriptor {
    descriptor("Event")
}

/// The descriptor of a party, for the same.
pub(crate) fn party_descriptor() -> MessageDescriptor {
    descriptor("Party")
}

/// An event from one line of JSON, or what is wrong with the line.
///
/// # Errors
///
/// Text that is not the JSON of one event: a syntax error, an unknown field, a value of the wrong type.
pub fn event_from_json(json: &str) -> Result<v1::Event, String> {
    from_json(event_descriptor(), json)
}

/// A party from one line of JSON, or what is wrong with the line.
///
/// # Errors
///
/// Text that is not the JSON of one party: a syntax error, an unknown field, a value of the wrong type.
pub fn party_from_json(json: &str) -> Result<v1::Party, String> {
    from_json(party_descriptor(), json)
}

fn from_json<T: Message + Default>(descriptor: MessageDescriptor, json: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor, &mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    message.transcode_to().map_err(|error| error.to_string())
}

/// The JSON of a message that `proto/` calls `name`. With `defaults`, fields at their default are written out too.
///
/// # Errors
///
/// Where `message` is not that message.
pub fn to_json(name: &str, message: &impl Message, defaults: bool) -> Result<String, String> {
    let dynamic = DynamicMessage::decode(descriptor(name), message.encode_to_vec().as_slice());
    let dynamic = dynamic.map_err(|error| error.to_string())?;
    let mut json = serde_json::Serializer::new(Vec::new());
    let options = SerializeOptions::new().skip_default_fields(!defaults);
    dynamic.serialize_with_options(&mut json, &options).map_err(|error| error.to_string())?;
    String::from_utf8(json.into_inner()).map_err(|error| error.to_string())
}
