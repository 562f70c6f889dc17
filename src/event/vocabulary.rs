//! The words of which what happens is one or another. Their names are stored, and so not free to change.

use crate::names::named;

named! {
    /// What a request asks for.
    #[expect(missing_docs, reason = "the names say it; the wire format documents each")]
    pub enum RequestKind {
        Quote = "quote" as 0,
        Order = "order" as 1,
        Change = "change" as 2,
        Information = "information" as 3,
        Support = "support" as 4,
        Complaint = "complaint" as 5,
        Improvement = "improvement" as 6,
    }
}

impl RequestKind {
    /// Whether the request asks the supplier to become something else, rather than to do its routine work.
    #[must_use]
    pub fn asks_for_change(self) -> bool {
        matches!(self, Self::Change | Self::Improvement)
    }
}

named! {
    /// What an answer says.
    #[expect(missing_docs, reason = "the names say it; the wire format documents each")]
    pub enum Disposition {
        Accepted = "accepted",
        Answered = "answered",
        Partial = "partial",
        CounterOffer = "counter_offer",
    }
}

named! {
    /// Why a supplier said no; its code is what states hold of it.
    #[expect(missing_docs, reason = "the names say it; the wire format documents each")]
    pub enum RefusalReason {
        CannotBeDone = "cannot_be_done" as 0,
        NoCapacity = "no_capacity" as 1,
        Price = "price" as 2,
        Policy = "policy" as 3,
        NotNow = "not_now" as 4,
        NotNeeded = "not_needed" as 5,
        NotInterested = "not_interested" as 6,
        Other = "other" as 7,
    }
}

impl RefusalReason {
    /// Whether it tells the customer to give the idea up: it cannot be done, or it is not needed.
    #[must_use]
    pub fn is_strike(self) -> bool {
        matches!(self, Self::CannotBeDone | Self::NotNeeded)
    }
}

named! {
    /// Why a side ended a relationship; its code is what states hold of it.
    #[expect(missing_docs, reason = "the names say it; the wire format documents each")]
    pub enum EndReason {
        Moved = "moved" as 0,
        NoNeed = "no_need" as 1,
        Insolvent = "insolvent" as 2,
        Other = "other" as 3,
    }
}

named! {
    /// A side of a relationship.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum PartyRole {
        Customer = "customer",
        Supplier = "supplier",
    }
}

impl PartyRole {
    /// Who stands opposite.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Customer => Self::Supplier,
            Self::Supplier => Self::Customer,
        }
    }
}

named! {
    /// What a rating is about.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum RatingSubject {
        Work = "work",
        WorkingTogether = "working_together",
    }
}

named! {
    /// What became of an idea.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum ProposalOutcome {
        Adopted = "adopted",
        Kept = "kept",
        Declined = "declined",
    }
}
