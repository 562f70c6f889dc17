//! The statements that a database has of its own.

/// Those for events.
pub trait EventStatements {
    /// From $2 on: keys.
    const HEADS_OF_THESE: &'static str;
    /// From $2 on: customers; then: suppliers.
    const HEADS_OF_PARTIES: &'static str;
    /// $2: a revision.
    const HEADS_WRITTEN_SINCE: &'static str;
    /// From $2 on: keys.
    const EVENTS_OF_RELATIONSHIPS: &'static str;
    /// From $2 on: keys, interactions.
    const EVENTS_OF_THREADS: &'static str;
    /// From $2 on: keys.
    const AWAITED: &'static str;
    /// From $2 on: keys, sources, event ids.
    const EVENTS_BY_IDENTITY: &'static str;
    /// From $2 on: [`super::rows::bounds`].
    const LIST: &'static str;
    /// $2: when they are recorded; $3: the revision. From $4 on: keys, sources, event ids, interactions, times, what they
    /// retract, what they revisit, who ends the relationship by them, payloads.
    const INSERT_EVENTS: &'static str;
    /// $2: the revision; $3: up to which revision notes of writes are forgotten. From $4 on: keys, times of the latest new
    /// event, numbers of new events. The relationships of a write are noted with it.
    const SAVE: &'static [&'static str];
}

/// Those for what is folded. $2 is the version of the model.
pub trait BlockStatements {
    /// The heads and the earlier blocks. From $3 on: keys.
    const FOLDED: &'static str;
    /// The heads and some of the earlier blocks. From $3 on: keys; then: keys, numbers of blocks.
    const FOLDED_IN: &'static str;
    /// From $3 on: keys, numbers of the blocks in heads, heads; then: keys, numbers of earlier blocks, these.
    const PUT_FOLDED: &'static [&'static str];
    /// From $3 on: keys.
    const CLEAR: &'static [&'static str];
    /// From $3 on: keys.
    const UNFOLDED_OF: &'static str;
    /// $2: at most so many.
    const LEFTOVERS: &'static str;
}

/// Those for parties.
pub trait PartyStatements {
    /// $2: ids.
    const PARTIES: &'static str;
    /// $2: ids.
    const LINEAGE: &'static str;
    /// $2: ids.
    const PARTS: &'static str;
    /// Nothing but the tenant.
    const UNDER_CALENDARS: &'static str;
    /// From $2 on: ids, display names, parents, categories, kinds, calendars.
    const UPSERT_PARTIES: &'static str;
}

/// Those for what shows it as it is stored.
pub trait InspectionStatements {
    /// $2, $3: after this customer and supplier; $4: at most so many.
    const LIST_STORED: &'static str;
    /// From $2 on: keys.
    const STORED_EVENTS: &'static str;
    /// From $2 on: keys, revisions, times of the latest event, numbers of events.
    const PUT_HEADS: &'static str;
    /// From $2 on: keys.
    const REMOVE_HEADS: &'static str;
}
