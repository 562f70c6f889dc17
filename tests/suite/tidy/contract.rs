//! What of the wire contract has no comment before it.

use prost::Message;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto,
    source_code_info::Location,
};

/// Numbers of fields in `descriptor.proto`: a path of them leads to a place in a file.
const MESSAGES: i32 = 4;
const ENUMS: i32 = 5;
const SERVICES: i32 = 6;
const FIELDS: i32 = 2;
const INNER_MESSAGES: i32 = 3;
const INNER_ENUMS: i32 = 4;
const ONEOFS: i32 = 8;
const VALUES: i32 = 2;
const METHODS: i32 = 2;

/// Everything in the files of a package that has no comment, by its name.
pub fn undocumented(descriptors: &[u8], package: &str) -> Vec<String> {
    let set = FileDescriptorSet::decode(descriptors).unwrap();
    let files = set.file.iter().filter(|file| file.package() == package);
    files.flat_map(|file| Contract { file, missing: Vec::new() }.read()).collect()
}

struct Contract<'a> {
    file: &'a FileDescriptorProto,
    missing: Vec<String>,
}

impl Contract<'_> {
    fn read(mut self) -> Vec<String> {
        let file = self.file;
        for (place, message) in (0..).zip(&file.message_type) {
            self.message(&[MESSAGES, place], message, "");
        }
        for (place, item) in (0..).zip(&file.enum_type) {
            self.enumeration(&[ENUMS, place], item, "");
        }
        for (place, service) in (0..).zip(&file.service) {
            self.service(&[SERVICES, place], service);
        }
        self.missing
    }

    fn message(&mut self, path: &[i32], message: &DescriptorProto, before: &str) {
        let name = format!("{before}{}", message.name());
        self.look(path, &name);
        for (place, field) in (0..).zip(&message.field) {
            self.look(&[path, &[FIELDS, place]].concat(), &format!("{name}.{}", field.name()));
        }
        // Optional fields have a oneof that nobody wrote.
        let written =
            |place: i32| message.field.iter().any(|field| field.oneof_index == Some(place) && !field.proto3_optional());
        for (place, oneof) in (0..).zip(&message.oneof_decl).filter(|(place, _)| written(*place)) {
            self.look(&[path, &[ONEOFS, place]].concat(), &format!("{name}.{}", oneof.name()));
        }
        for (place, inner) in (0..).zip(&message.nested_type) {
            self.message(&[path, &[INNER_MESSAGES, place]].concat(), inner, &format!("{name}."));
        }
        for (place, inner) in (0..).zip(&message.enum_type) {
            self.enumeration(&[path, &[INNER_ENUMS, place]].concat(), inner, &format!("{name}."));
        }
    }

    fn enumeration(&mut self, path: &[i32], item: &EnumDescriptorProto, before: &str) {
        let name = format!("{before}{}", item.name());
        self.look(path, &name);
        for (place, value) in (0..).zip(&item.value) {
            self.look(&[path, &[VALUES, place]].concat(), &format!("{name}.{}", value.name()));
        }
    }

    fn service(&mut self, path: &[i32], service: &ServiceDescriptorProto) {
        self.look(path, service.name());
        for (place, method) in (0..).zip(&service.method) {
            self.look(&[path, &[METHODS, place]].concat(), &format!("{}.{}", service.name(), method.name()));
        }
    }

    fn look(&mut self, path: &[i32], name: &str) {
        let says = |place: &Location| !place.leading_comments().trim().is_empty();
        let places = self.file.source_code_info.iter().flat_map(|info| &info.location);
        if !places.filter(|place| place.path == path).any(says) {
            self.missing.push(format!("{}: {name} has no comment", self.file.name()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn missing(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("made_up.proto"), text).unwrap();
        let set = protox::compile(["made_up.proto"], [folder.path()]).unwrap();
        undocumented(&set.encode_to_vec(), "made.up")
    }

    #[test]
    fn what_has_no_comment_is_named() {
        let whole = "syntax = \"proto3\"; package made.up;
            // S serves.
            service S {
              // Get gets.
              rpc Get(M) returns (M);
            }
            // M is a message.
            message M {
              // a is a field.
              optional string a = 1;
              // one is one of two.
              oneof one {
                // b is one of them.
                string b = 2;
              }
              // E is inside.
              enum E {
                // Nobody said.
                E_UNSPECIFIED = 0;
              }
            }";
        assert!(missing(whole).is_empty(), "{:?}", missing(whole));
        for (comment, name) in [
            ("// S serves.", "S"),
            ("// Get gets.", "S.Get"),
            ("// M is a message.", "M"),
            ("// a is a field.", "M.a"),
            ("// one is one of two.", "M.one"),
            ("// b is one of them.", "M.b"),
            ("// E is inside.", "M.E"),
            ("// Nobody said.", "M.E.E_UNSPECIFIED"),
        ] {
            let without = whole.replace(comment, "");
            assert_eq!(missing(&without), [format!("made_up.proto: {name} has no comment")]);
        }
    }
}
