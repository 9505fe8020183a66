use async_trait::async_trait;
use vestibule_domain::inquiries::{
    AddReply, Inquirer, Inquiry, InquiryRule, InquiryStatus, InquiryStore, InquiryThread,
    OpenInquiry, SetInquiryStatus, decide_submit,
};
use vestibule_domain::kernel::{
    GuardError, InquiryId, Page, PageRequest, StoreError, UserId, Write, kinds,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{InquiryRow, State};

#[async_trait]
impl InquiryStore for MemoryStorage {
    async fn open(
        &self,
        write: Write<OpenInquiry, Inquiry>,
    ) -> Result<(), GuardError<InquiryRule>> {
        self.write(write, |state, open, _| {
            let inquiry = open.inquiry;
            state.require_user(inquiry.user)?;
            let waiting = state.inquiries.values().filter(|row| {
                row.inquiry.user == inquiry.user && row.inquiry.status == InquiryStatus::Open
            });
            decide_submit(waiting.count() as u64, open.quota).map_err(GuardError::Rule)?;
            let row = InquiryRow {
                inquiry: inquiry.clone(),
                replies: Vec::new(),
            };
            state.inquiries.insert(inquiry.id, row);
            Ok(((), Some(inquiry)))
        })
    }

    async fn list_own(
        &self,
        user: UserId,
        request: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<Inquiry>, StoreError> {
        self.read(|state| {
            let rows = state.inquiries.iter();
            let own = rows.filter(|(_, row)| row.inquiry.user == user);
            page(own.map(|(id, row)| (*id, row.inquiry.clone())), request)
        })
    }

    async fn list_all(
        &self,
        status: Option<InquiryStatus>,
        request: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<InquiryThread>, StoreError> {
        self.read(|state| {
            let rows = state
                .inquiries
                .iter()
                .filter(|(_, row)| status.is_none_or(|status| status == row.inquiry.status))
                .filter_map(|(id, _)| {
                    let thread = thread(state, *id)?;
                    let replies = Vec::new();
                    Some((*id, InquiryThread { replies, ..thread }))
                });
            page(rows, request)
        })
    }

    async fn find(&self, inquiry: InquiryId) -> Result<Option<InquiryThread>, StoreError> {
        self.read(|state| thread(state, inquiry))
    }

    async fn set_status(
        &self,
        write: Write<SetInquiryStatus>,
    ) -> Result<Option<InquiryThread>, StoreError> {
        self.write(write, |state, set, at| {
            let Some(row) = state.inquiries.get_mut(&set.inquiry) else {
                return Ok((None, None));
            };
            let inquiry = &mut row.inquiry;
            if set
                .expected
                .is_some_and(|expected| expected != inquiry.version)
            {
                return Err(StoreError::Conflict);
            }
            inquiry.status = set.status;
            inquiry.updated_at = at;
            inquiry.version.0 += 1;
            Ok((thread(state, set.inquiry), Some(())))
        })
    }

    async fn reply(
        &self,
        write: Write<AddReply, InquiryThread>,
    ) -> Result<Option<InquiryThread>, StoreError> {
        self.write(write, |state, add, at| {
            let Some(row) = state.inquiries.get_mut(&add.inquiry) else {
                return Ok((None, None));
            };
            row.replies.push(add.reply);
            row.inquiry.status = InquiryStatus::Answered;
            row.inquiry.updated_at = at;
            row.inquiry.version.0 += 1;
            let thread = thread(state, add.inquiry);
            Ok((thread.clone(), thread))
        })
    }
}

fn thread(state: &State, inquiry: InquiryId) -> Option<InquiryThread> {
    let row = state.inquiries.get(&inquiry)?;
    let account = &state.users.get(&row.inquiry.user)?.account;
    Some(InquiryThread {
        inquiry: row.inquiry.clone(),
        replies: row.replies.clone(),
        inquirer: Inquirer {
            id: account.id,
            username: account.username.clone(),
            email: account.email.clone(),
        },
    })
}
