//! What is known about parties: stored whole, read by id, upwards and in pages; and nobody is a part of themselves.

use std::{slice, sync::Arc};

use rapport::{
    calendar::{Calendar, Calendars, DatedCalendar, WeeklyHours},
    event::{MAX_ID_BYTES, Tenant},
    party::{Party, PartyKind},
    registry::Outcome,
    store::PartyQuery,
    time::{DAY, Day, Timestamp},
};

use crate::support::{
    backend::{Database, on_every_backend},
    parties::{party, registry},
};

on_every_backend!(
    parties_come_back_as_they_were,
    an_upsert_replaces_all_that_was_known,
    the_line_of_a_party_goes_all_the_way_up_and_down,
    lists_of_parties_are_ordered_filtered_and_cut,
    calendars_are_kept_and_found_from_the_top_down,
    tenants_know_parties_of_their_own,
    what_changes_nothing_is_no_write,
    a_circle_is_refused_and_its_neighbours_stand,
    parties_may_be_rehung_in_any_order,
    a_refusal_brings_back_what_was_there_and_its_circles,
    entries_about_one_party_count_one_after_the_other,
    instances_do_not_close_a_circle_together,
);

async fn store(database: &Database, parties: &[Party]) {
    let mut tx = database.write().await;
    tx.upsert_parties(&parties.iter().collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn all(database: &Database) -> Vec<Party> {
    database.read().await.list_parties(&PartyQuery { limit: u32::MAX, ..PartyQuery::default() }).await.unwrap()
}

fn ids(mut parties: Vec<Party>) -> Vec<String> {
    parties.sort_by(|a, b| a.id.cmp(&b.id));
    parties.into_iter().map(|it| it.id).collect()
}

/// Parties with everything that trips programs up, in the order of their bytes.
fn odd_parties() -> Vec<Party> {
    let mut texts: Vec<String> =
        ["\"quoted\"", "' OR 1 = 1 --", "1e3", "Z", "[1, 2]", "\\u0000", "a", "null", "漢字 👩‍🚒"]
            .map(str::to_owned)
            .into_iter()
            .chain(["é".repeat(MAX_ID_BYTES / 2), "x".repeat(MAX_ID_BYTES)])
            .collect();
    texts.sort_unstable();
    let kinds = PartyKind::ALL.map(Some).into_iter().chain([None]).cycle();
    let party = |(text, kind): (String, Option<PartyKind>)| Party {
        id: text.clone(),
        display_name: text.clone(),
        parent: Some(text.clone() + "above").filter(|it| it.len() <= MAX_ID_BYTES),
        category: Some(text),
        kind,
        calendars: Calendars::default(),
    };
    texts.into_iter().zip(kinds).map(party).collect()
}

async fn parties_come_back_as_they_were(database: Database) {
    let database = database.migrated().await;
    assert_eq!(all(&database).await, []);
    let parties = odd_parties();
    store(&database, &parties.iter().rev().cloned().collect::<Vec<_>>()).await;
    store(&database, &[]).await;
    assert_eq!(all(&database).await, parties);
    let mut tx = database.read().await;
    assert_eq!(tx.parties(&[]).await.unwrap(), []);
    for party in &parties {
        assert_eq!(tx.parties(&[&party.id, "never heard of", &party.id]).await.unwrap(), std::slice::from_ref(party));
    }
}

async fn an_upsert_replaces_all_that_was_known(database: Database) {
    let database = database.migrated().await;
    let known = &odd_parties()[0];
    store(&database, std::slice::from_ref(known)).await;
    let forgotten = party(&known.id, "");
    store(&database, std::slice::from_ref(&forgotten)).await;
    assert_eq!(all(&database).await, [forgotten]);
}

async fn the_line_of_a_party_goes_all_the_way_up_and_down(database: Database) {
    let database = database.migrated().await;
    let parties = [
        party("a", "b"),
        party("b", "c"),
        party("c", "gap"),
        party("x", "b"),
        party("above the gap", ""),
        party("y", "x"),
    ];
    store(&database, &parties).await;
    let mut tx = database.read().await;
    for (of, expected) in [
        (&[][..], &[][..]),
        (&["a"], &["a", "b", "c"]),
        (&["y", "a", "y"], &["a", "b", "c", "x", "y"]),
        (&["gap", "never heard of"], &[]),
    ] {
        assert_eq!(ids(tx.lineage(of).await.unwrap()), expected, "{of:?}");
    }
    for (of, expected) in [
        (&[][..], &[][..]),
        (&["b", "x"], &["a", "b", "x", "y"]),
        (&["gap"], &["a", "b", "c", "x", "y"]),
        (&["a", "above the gap", "never heard of"], &["a", "above the gap"]),
    ] {
        assert_eq!(ids(tx.parts(of).await.unwrap()), expected, "{of:?}");
    }
}

async fn lists_of_parties_are_ordered_filtered_and_cut(database: Database) {
    let database = database.migrated().await;
    let of = |id: &str, parent, category: &str, kind| Party {
        category: Some(category.to_owned()).filter(|it| !it.is_empty()),
        kind,
        ..party(id, parent)
    };
    let (team, company) = (Some(PartyKind::Team), Some(PartyKind::Company));
    let parties = [
        of("B", "a", "metal", team),
        of("a", "", "metal", company),
        of("b", "a", "wood", team),
        of("c", "b", "metal", None),
        of("é", "a", "", company),
    ];
    store(&database, &parties).await;
    let mut tx = database.read().await;
    let some = |text: &str| Some(text.to_owned());
    let every = || PartyQuery { limit: 10, ..PartyQuery::default() };
    for (query, expected) in [
        (every(), &["B", "a", "b", "c", "é"][..]),
        (PartyQuery { parent: some("a"), ..every() }, &["B", "b", "é"]),
        (PartyQuery { parent: some(""), ..every() }, &[]),
        (PartyQuery { category: some("metal"), ..every() }, &["B", "a", "c"]),
        (PartyQuery { category: some("Metal"), ..every() }, &[]),
        (PartyQuery { kind: team, ..every() }, &["B", "b"]),
        (PartyQuery { parent: some("a"), category: some("metal"), kind: team, ..every() }, &["B"]),
        (PartyQuery { after: some("a"), ..every() }, &["b", "c", "é"]),
        (PartyQuery { after: some("aa"), parent: some("a"), ..every() }, &["b", "é"]),
        (PartyQuery { limit: 2, ..every() }, &["B", "a"]),
        (PartyQuery { limit: 0, ..every() }, &[]),
    ] {
        let listed = tx.list_parties(&query).await.unwrap();
        assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), expected, "{query:?}");
    }
}

async fn tenants_know_parties_of_their_own(database: Database) {
    let database = database.migrated().await;
    let (ours, theirs) = (party("a", "b"), party("a", "c"));
    store(&database, std::slice::from_ref(&ours)).await;
    let other = Tenant("other".to_owned());
    let registry = registry(database.store.clone());
    // In our tenant a is part of b; in theirs b may be part of a.
    let upserted = registry.upsert(&other, &[theirs.clone(), party("b", "a")]).await.unwrap();
    assert_eq!((upserted.outcomes, upserted.revision.number()), (vec![Outcome::Stored, Outcome::Stored], 1));
    assert_eq!(all(&database).await, std::slice::from_ref(&ours));
    let read = registry.party(&other, "a").await.unwrap();
    assert_eq!((read.value, read.revision.number()), (Some(theirs), 1));
    assert_eq!(database.read().await.lineage(&["b"]).await.unwrap(), []);
}

/// Upserts, and says in a word what became of each; of a circle, who stands in it.
/// A calendar of UTC from so many days after 1970 on, with a holiday on each of these days.
fn from(valid_from: i64, holidays: &[i32]) -> DatedCalendar {
    let hours = WeeklyHours::read(&["mon-fri 09:00-17:00"]).unwrap();
    let calendar = Calendar::new("UTC", hours, holidays.iter().copied().map(Day).collect()).unwrap();
    DatedCalendar { valid_from: Timestamp::from_micros((valid_from * DAY).micros()), calendar: Arc::new(calendar) }
}

async fn calendars_are_kept_and_found_from_the_top_down(database: Database) {
    let database = database.migrated().await;
    let with = |id: &str, parent: &str, calendars: &[DatedCalendar]| Party {
        calendars: Calendars::of(calendars.iter().cloned()),
        ..party(id, parent)
    };
    let (old, new) = (from(1, &[40]), from(2, &[50, 40, 50]));
    let group = with("group", "holding", slice::from_ref(&old));
    assert_eq!(upsert(&database, &[group, party("part", "group"), party("lone", "")]).await, ["stored"; 3]);
    let revision = async || database.read().await.calendars_changed().number();
    assert_eq!((revision().await, database.read().await.tenant()), (1, Tenant::default().0.as_str()));
    assert_eq!(ids(database.read().await.under_calendars().await.unwrap()), ["group", "part"]);
    // What is told later adds to what is known, and what says nothing of calendars changes nothing about them.
    let told = [
        party("group", "holding"),
        with("group", "holding", slice::from_ref(&new)),
        with("group", "holding", slice::from_ref(&old)),
    ];
    assert_eq!(upsert(&database, &told).await, ["unchanged", "stored", "unchanged"]);
    assert_eq!(database.read().await.parties(&["group"]).await.unwrap(), [with("group", "holding", &[old, new])]);
    assert_eq!(revision().await, 2);
    assert_eq!(upsert(&database, &[party("lone", "other")]).await, ["stored"]);
    assert_eq!(revision().await, 2, "nobody works otherwise than before");
    assert_eq!(upsert(&database, &[party("lone", "part")]).await, ["stored"]);
    assert_eq!(revision().await, 4, "a part works as the whole does");
    let many: Vec<_> = (0..63).map(|day| from(100 + day, &[])).collect();
    let told = [with("group", "", &many), with("group", "", &many[..62])];
    assert_eq!(upsert(&database, &told).await, ["65 calendars", "stored"]);
}

async fn upsert(database: &Database, parties: &[Party]) -> Vec<String> {
    let registry = registry(database.store.clone());
    let outcomes = registry.upsert(&Tenant::default(), parties).await.unwrap().outcomes;
    let word = |outcome| match outcome {
        Outcome::Stored => "stored".to_owned(),
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::Circle { parties } => parties.join(" < "),
        Outcome::TooManyCalendars { calendars } => format!("{calendars} calendars"),
    };
    outcomes.into_iter().map(word).collect()
}

/// Who is part of whom.
async fn edges(database: &Database) -> Vec<String> {
    let parties = all(database).await;
    parties.into_iter().map(|it| format!("{} < {}", it.id, it.parent.unwrap_or_default())).collect()
}

async fn what_changes_nothing_is_no_write(database: Database) {
    let database = database.migrated().await;
    let parties = [party("a", "b"), party("b", "c")];
    assert_eq!(upsert(&database, &parties).await, ["stored", "stored"]);
    assert_eq!(upsert(&database, &parties).await, ["unchanged", "unchanged"]);
    assert_eq!(upsert(&database, &[]).await, Vec::<String>::new());
    assert_eq!(database.read().await.revision().number(), 1);
    let renamed = Party { display_name: "A".to_owned(), ..party("a", "b") };
    assert_eq!(upsert(&database, &[renamed, party("b", "c")]).await, ["stored", "unchanged"]);
    assert_eq!(database.read().await.revision().number(), 2);
}

async fn a_circle_is_refused_and_its_neighbours_stand(database: Database) {
    let database = database.migrated().await;
    // Within one batch, through three.
    let batch = [party("a", "b"), party("b", "c"), party("d", "a"), party("c", "a"), party("e", "")];
    assert_eq!(upsert(&database, &batch).await, ["stored", "stored", "stored", "c < a < b", "stored"]);
    assert_eq!(edges(&database).await, ["a < b", "b < c", "d < a", "e < "]);
    // With what was there before, directly and through three.
    assert_eq!(upsert(&database, &[party("b", "a"), party("f", "d")]).await, ["b < a", "stored"]);
    assert_eq!(upsert(&database, &[party("c", "f"), party("e", "f")]).await, ["c < f < d < a < b", "stored"]);
    assert_eq!(upsert(&database, &[party("c", "d")]).await, ["c < d < a < b"]);
    assert_eq!(edges(&database).await, ["a < b", "b < c", "d < a", "e < f", "f < d"]);
    assert_eq!(database.read().await.revision().number(), 3, "a batch of which nothing stands is no write");
}

async fn parties_may_be_rehung_in_any_order(database: Database) {
    let database = database.migrated().await;
    upsert(&database, &[party("a", "b"), party("b", "c")]).await;
    // Turned upside down: each of these entries alone would close a circle.
    assert_eq!(upsert(&database, &[party("c", "b"), party("b", "a"), party("a", "")]).await, ["stored"; 3]);
    assert_eq!(edges(&database).await, ["a < ", "b < a", "c < b"]);
    assert_eq!(upsert(&database, &[party("a", "c")]).await, ["a < c < b"]);
    assert_eq!(upsert(&database, &[party("a", "c"), party("b", "")]).await, ["stored"; 2]);
    assert_eq!(edges(&database).await, ["a < c", "b < ", "c < b"]);
}

async fn a_refusal_brings_back_what_was_there_and_its_circles(database: Database) {
    let database = database.migrated().await;
    upsert(&database, &[party("a", "b")]).await;
    // a and c would hang in each other, so a's move is refused; so a stays in b, and b in d, which then can't be in a.
    let batch = [party("b", "d"), party("d", "a"), party("c", "a"), party("a", "c")];
    let outcomes = upsert(&database, &batch).await;
    assert_eq!(outcomes, ["stored", "d < a < b", "stored", "a < c"]);
    assert_eq!(edges(&database).await, ["a < b", "b < d", "c < a"]);
}

async fn entries_about_one_party_count_one_after_the_other(database: Database) {
    let database = database.migrated().await;
    let batch = [party("a", "b"), party("a", "b"), party("b", "c"), party("b", "a"), party("a", "d")];
    assert_eq!(upsert(&database, &batch).await, ["stored", "unchanged", "stored", "stored", "stored"]);
    assert_eq!(edges(&database).await, ["a < d", "b < a"]);
    // Where the last word is refused, the one before it counts.
    let batch = [party("d", "x"), party("d", "b")];
    assert_eq!(upsert(&database, &batch).await, ["stored", "d < b < a"]);
    assert_eq!(edges(&database).await, ["a < d", "b < a", "d < x"]);
}

async fn instances_do_not_close_a_circle_together(database: Database) {
    let database = database.migrated().await;
    let upserts = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")].map(|(id, parent)| {
        let registry = registry(database.second_store());
        tokio::spawn(async move { registry.upsert(&Tenant::default(), &[party(id, parent)]).await.unwrap().outcomes })
    });
    let mut refused = 0;
    for upsert in upserts {
        refused += upsert.await.unwrap().iter().filter(|it| matches!(it, Outcome::Circle { .. })).count();
    }
    assert_eq!((refused, all(&database).await.len()), (1, 3));
}
