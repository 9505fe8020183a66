//! Which cases run: the features that an adapter has.

/// Makes a module of tests, one for each case of the storage contract.
///
/// `$open` is an async function, or an async closure, without arguments that
/// makes a [`Harness`](crate::contract::Harness) with an empty store of its
/// own. It is called once for each case, on a multi-threaded tokio runtime.
///
/// With `features: […]` only the cases of these features run, and those that
/// concern several of them when all of those are named. The names are those of
/// [`FEATURES`](crate::contract::FEATURES). The documentation of the crate has
/// examples.
///
/// The test `conformance` of the module prints the version of the contract,
/// the features and the number of cases (`cargo test conformance -- --nocapture`).
#[macro_export]
macro_rules! storage_contract {
    ($name:ident, $open:expr $(,)?) => {
        $crate::storage_contract! {
            $name, $open, features: [
                users, credentials, sessions, email_changes, addresses, devices, inquiries,
                organizations, api_keys, identities, idempotency, outbox, activity,
                maintenance,
                messages, erasure,
            ]
        }
    };
    ($name:ident, $open:expr, features: [$($feature:ident),+ $(,)?] $(,)?) => {
        $($crate::__storage_feature! { $feature })+
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[test]
            fn conformance() {
                $crate::contract::report_conformance(&[$(stringify!($feature)),+]);
            }

            $crate::__storage_cases! {
                [$crate::__storage_tests] [[$open] [$($feature)+]]
            }
        }
    };
}

/// Nothing for a feature of the contract, an error for anything else.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_feature {
    (users) => {};
    (credentials) => {};
    (sessions) => {};
    (email_changes) => {};
    (addresses) => {};
    (devices) => {};
    (inquiries) => {};
    (organizations) => {};
    (api_keys) => {};
    (identities) => {};
    (idempotency) => {};
    (outbox) => {};
    (activity) => {};
    (maintenance) => {};
    (messages) => {};
    (erasure) => {};
    ($other:ident) => {
        compile_error!(concat!(
            "`",
            stringify!($other),
            "` is no feature of the storage contract; its features are users, credentials, \
             sessions, email_changes, addresses, devices, inquiries, organizations, api_keys, \
             identities, idempotency, outbox, activity, maintenance, messages, erasure",
        ));
    };
}

/// The tests of [`storage_contract!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_tests {
    (
        [$open:expr] $chosen:tt
        $($module:ident $needs:tt { $($case:ident $proves:literal)+ })+
    ) => {
        $($crate::__storage_when! { $needs in $chosen of $chosen {
            mod $module {
                #[allow(unused_imports)]
                use super::*;
                $(#[test]
                fn $case() {
                    $crate::contract::cases::$module::$case($open);
                })+
            }
        } })+
    };
}

/// `when! { [needs] in [chosen] of [chosen] { items } }` makes the items when
/// every need is chosen: it looks for the first need from the start of the
/// chosen ones, drops it when found, and goes on with the next.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_when {
    ([] in $left:tt of $all:tt { $($items:tt)* }) => { $($items)* };
    ([users $($n:tt)*] in [users $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([credentials $($n:tt)*] in [credentials $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([sessions $($n:tt)*] in [sessions $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([email_changes $($n:tt)*] in [email_changes $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([addresses $($n:tt)*] in [addresses $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([devices $($n:tt)*] in [devices $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([inquiries $($n:tt)*] in [inquiries $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([organizations $($n:tt)*] in [organizations $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([api_keys $($n:tt)*] in [api_keys $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([identities $($n:tt)*] in [identities $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([idempotency $($n:tt)*] in [idempotency $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([outbox $($n:tt)*] in [outbox $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([activity $($n:tt)*] in [activity $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([maintenance $($n:tt)*] in [maintenance $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([messages $($n:tt)*] in [messages $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ([erasure $($n:tt)*] in [erasure $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { [$($n)*] in $all of $all $items }
    };
    ($needs:tt in [$other:tt $($l:tt)*] of $all:tt $items:tt) => {
        $crate::__storage_when! { $needs in [$($l)*] of $all $items }
    };
    ($needs:tt in [] of $all:tt $items:tt) => {};
}
