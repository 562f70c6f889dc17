//! What some payloads ask of a mapping.

use serde_json::{Value, json};

use super::{Mapping, events, mapping_text, refusal};

#[test]
fn a_field_with_several_values_takes_a_list() {
    let values = "values = { Price = \"REFUSAL_REASON_PRICE\", Full = \"REFUSAL_REASON_NO_CAPACITY\" }";
    let text = mapping_text("", "").replace("[event.requested]\n        kind = \"REQUEST_KIND_ORDER\"", "")
        + &format!(
            "[event.refused]\nreasons = [{{ lookup = \"Why\", {values} }}, \
             {{ lookup = \"And\", optional = true, {values} }}, \"REFUSAL_REASON_POLICY\"]"
        );
    let mapping = Mapping::parse(&text).expect("a sound mapping");
    let table = "PO,Vendor,Sent,Quoted,Why,And\nPO-1,Cogs Ltd,2-Jun-06,,Price,Full\nPO-2,Cogs Ltd,2-Jun-06,,Full,\n\
                 PO-3,Cogs Ltd,2-Jun-06,,,Price\n";
    let said: Vec<_> = events(&mapping, table.as_bytes()).into_iter().map(|(_, event)| event).collect();
    let reasons = |event: &Result<Value, _>| event.as_ref().unwrap()["refused"]["reasons"].clone();
    let [price, full, policy] = ["PRICE", "NO_CAPACITY", "POLICY"].map(|it| format!("REFUSAL_REASON_{it}"));
    assert_eq!(reasons(&said[0]), json!([price, full, policy]));
    assert_eq!(reasons(&said[1]), json!([full, policy]));
    assert_eq!(said[2], Err(vec!["column `Why`: empty".to_owned()]));
    assert_eq!(
        refusal(&text.replace("\"REFUSAL_REASON_POLICY\"", "7")).len(),
        1,
        "what is no value of the field is none of its list"
    );
    assert_eq!(refusal(&text.replace("reasons = [", "reason = [")).len(), 1, "a field with one value takes no list");
}

#[test]
fn the_end_of_a_relationship_is_an_event_like_any_other() {
    let text = r#"
        [[event]]
        eventId = "{Vendor}/ended"
        source = "made-up"
        customer = "Northwind"
        supplier = "{Vendor}"
        occurredAt = { date = "Blocked" }
        [event.ended]
        by = "PARTY_ROLE_CUSTOMER"
        reason = { lookup = "Why", values = { Moved = "END_REASON_MOVED" }, default = "END_REASON_OTHER" }
        to = { text = "{Instead}", optional = true }
        "#;
    let table = "Vendor,Blocked,Why,Instead\nCogs Ltd,2024-03-01,Moved,Gears Ltd\nBolts Ltd,2024-03-02,,\n";
    let ended: Vec<Value> = events(&Mapping::parse(text).expect("a sound mapping"), table.as_bytes())
        .into_iter()
        .map(|(_, event)| event.expect("an event")["ended"].clone())
        .collect();
    let by = "PARTY_ROLE_CUSTOMER";
    assert_eq!(ended[0], json!({ "by": by, "reason": "END_REASON_MOVED", "to": "Gears Ltd" }));
    assert_eq!(ended[1], json!({ "by": by, "reason": "END_REASON_OTHER" }));
}
