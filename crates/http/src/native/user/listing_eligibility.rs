use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::eligibility::{Block, Verdict};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::me::ErrorCode;

/// Whether the user can list items, and everything that stands in the way.
#[derive(Serialize, ToSchema)]
pub(crate) struct EligibilityReport {
    /// Whether the user can list items.
    can_list_items: bool,
    /// The first of the blocks, or null.
    #[schema(required)]
    error_code: Option<ErrorCode>,
    /// Every unmet rule, in order.
    blocks: Vec<EligibilityBlock>,
}

/// An unmet rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct EligibilityBlock {
    /// Error code identifier, constant per rule.
    uid: &'static str,
    /// Machine-readable code.
    slug: &'static str,
    /// Short error message.
    message: &'static str,
    /// Detailed explanation.
    description: &'static str,
    /// The call that lifts it, or null when the user cannot.
    #[schema(required)]
    fix: Option<EligibilityFix>,
}

/// A call that lifts a block.
#[derive(Serialize, ToSchema)]
pub(crate) struct EligibilityFix {
    /// HTTP method.
    method: &'static str,
    /// Path.
    path: &'static str,
}

impl From<&Block> for EligibilityBlock {
    fn from(block: &Block) -> Self {
        Self {
            uid: block.uid,
            slug: block.slug,
            message: block.message,
            description: block.description,
            fix: block.fix.map(|fix| EligibilityFix {
                method: fix.method,
                path: fix.path,
            }),
        }
    }
}

impl From<&Verdict> for EligibilityReport {
    fn from(verdict: &Verdict) -> Self {
        Self {
            can_list_items: verdict.can_list_items(),
            error_code: verdict.blocks.first().map(ErrorCode::from),
            blocks: verdict.blocks.iter().map(EligibilityBlock::from).collect(),
        }
    }
}

/// Check listing eligibility.
///
/// Whether the user can list items, and every rule that is not met, in order.
#[utoipa::path(
    context_path = "",
    tag = "user",
    responses((status = 200, description = "The outcome.", body = EligibilityReport)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/me/listing-eligibility/")]
pub(crate) async fn listing_eligibility(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> HttpResponse {
    let verdict = api.app.eligibility(&user.account);
    Representation::of(&EligibilityReport::from(&verdict)).get(&request)
}
