use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, dev};
use vestibule_domain::api_keys::{HeldKey, Scope};
use vestibule_domain::idempotency::OnceScope;
use vestibule_domain::kernel::ApiKeyId;

use super::{Caller, Extracted};
use crate::problem::Problem;

/// An API key with the scope of `S`, or `admin` in its place; others get 403.
pub(crate) struct ServiceKey<S> {
    held: HeldKey,
    scope: PhantomData<S>,
}

/// Names the scope that a [`ServiceKey`] must have.
pub(crate) trait NeededScope: 'static {
    /// The scope.
    const SCOPE: Scope;
}

/// The scope `introspect`.
pub(crate) struct Introspect;

impl NeededScope for Introspect {
    const SCOPE: Scope = Scope::Introspect;
}

/// The scope `users:read`.
pub(crate) struct UsersRead;

impl NeededScope for UsersRead {
    const SCOPE: Scope = Scope::UsersRead;
}

/// The scope `users:write`.
pub(crate) struct UsersWrite;

impl NeededScope for UsersWrite {
    const SCOPE: Scope = Scope::UsersWrite;
}

impl<S> ServiceKey<S> {
    /// Which key it is.
    pub(crate) fn id(&self) -> ApiKeyId {
        self.held.key.id
    }

    /// Whose an `Idempotency-Key` is.
    pub(crate) fn once_scope(&self) -> OnceScope {
        OnceScope::Key(self.id())
    }
}

impl<S: NeededScope> FromRequest for ServiceKey<S> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match Caller::of(&request).await? {
                Caller::Key(held) if held.allows(S::SCOPE) => Ok(Self {
                    held,
                    scope: PhantomData,
                }),
                Caller::Key(_) | Caller::User(_) => Err(Problem::forbidden(format!(
                    "This needs an API key with the scope {}.",
                    S::SCOPE
                ))),
            }
        })
    }
}
