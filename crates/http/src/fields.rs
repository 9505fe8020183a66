//! Reading the fields of a JSON object so that one answer names all bad ones.

use serde_json::{Map, Value};
use vestibule_domain::kernel::{FieldError, FieldErrors, Invalid, Patch, Secret};

use crate::problem::Problem;

/// A field was refused; what was wrong is kept in [`Fields`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused;

/// The fields of one object, taken out one by one.
pub(crate) struct Fields {
    object: Map<String, Value>,
    prefix: &'static str,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Reads an object by `read`, which takes every field that it knows before
    /// it looks at any of the results. Fields that are left are unknown,
    /// except for the names in `ignored`.
    pub(crate) fn read<T>(
        object: Map<String, Value>,
        ignored: &[&str],
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Problem> {
        let mut fields = Self {
            object,
            prefix: "",
            errors: Vec::new(),
        };
        let value = read(&mut fields);
        fields.refuse_unknown(ignored);
        FieldErrors::check(fields.errors)?;
        // Without an error no field was refused.
        value.map_err(|Refused| Problem::internal())
    }

    /// Reads an object by `read`, whatever other fields it has.
    pub(crate) fn read_known<T>(
        object: Map<String, Value>,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Problem> {
        let ignored: Vec<_> = object.keys().cloned().collect();
        let ignored: Vec<_> = ignored.iter().map(String::as_str).collect();
        Self::read(object, &ignored, read)
    }

    /// A field that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<T, Refused> {
        match self.object.remove(name) {
            None => self.refuse(name, Invalid::new("required", "This field is required.")),
            Some(value) => self.parse(name, value, parse),
        }
    }

    /// A field that may be missing, and may not be null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Refused> {
        match self.object.remove(name) {
            None => Ok(None),
            Some(value) => self.parse(name, value, parse).map(Some),
        }
    }

    /// A field that may be missing or null, which then mean the same.
    pub(crate) fn nullable<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Refused> {
        match self.object.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self.parse(name, value, parse).map(Some),
        }
    }

    /// A field of a PATCH that null clears.
    pub(crate) fn patch<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<Patch<T>, Refused> {
        match self.object.remove(name) {
            None => Ok(Patch::Keep),
            Some(Value::Null) => Ok(Patch::Clear),
            Some(value) => self.parse(name, value, parse).map(Patch::Set),
        }
    }

    /// A nested object of a PATCH, merged by the same rules. `prefix` is its
    /// name and a dot.
    pub(crate) fn nested<T: Default>(
        &mut self,
        name: &str,
        prefix: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        match self.object.remove(name) {
            None => Ok(T::default()),
            Some(Value::Object(object)) => {
                let mut nested = Self {
                    object,
                    prefix,
                    errors: Vec::new(),
                };
                let value = read(&mut nested);
                nested.refuse_unknown(&[]);
                let refused = !nested.errors.is_empty();
                self.errors.append(&mut nested.errors);
                if refused { Err(Refused) } else { value }
            }
            Some(_) => self.refuse(name, invalid_type("Use an object.")),
        }
    }

    /// Refuses `name` by a rule that spans fields.
    pub(crate) fn refuse<T>(&mut self, name: &str, invalid: Invalid) -> Result<T, Refused> {
        self.errors
            .push(invalid.at(format!("{}{name}", self.prefix)));
        Err(Refused)
    }

    fn parse<T>(
        &mut self,
        name: &str,
        value: Value,
        parse: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<T, Refused> {
        let parsed = if value.is_null() {
            Err(Invalid::new("not_nullable", "This field may not be null."))
        } else {
            parse(value)
        };
        parsed.or_else(|invalid| self.refuse(name, invalid))
    }

    fn refuse_unknown(&mut self, ignored: &[&str]) {
        let prefix = self.prefix;
        self.errors.extend(
            self.object
                .keys()
                .filter(|name| !ignored.contains(&name.as_str()))
                .map(|name| {
                    Invalid::new("unknown_field", "There is no such field.")
                        .at(format!("{prefix}{name}"))
                }),
        );
    }
}

fn invalid_type(message: &'static str) -> Invalid {
    Invalid::new("invalid_type", message)
}

/// Reads a string by a value type's constructor.
pub(crate) fn string<T>(
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> impl FnOnce(Value) -> Result<T, Invalid> {
    move |value| match value {
        Value::String(text) => parse(&text),
        _ => Err(invalid_type("Use a string.")),
    }
}

/// Reads a secret as it is; blank is `required`.
pub(crate) fn secret(value: Value) -> Result<Secret, Invalid> {
    match value {
        Value::String(text) if text.is_empty() => {
            Err(Invalid::new("required", "This field may not be blank."))
        }
        Value::String(text) => Ok(Secret::new(text)),
        _ => Err(invalid_type("Use a string.")),
    }
}

/// Reads a whole number by a value type's constructor; `25.0` is one, too, as
/// in JSON Schema.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a number past the limits stays past every limit"
)]
pub(crate) fn integer<T>(
    parse: impl FnOnce(i64) -> Result<T, Invalid>,
) -> impl FnOnce(Value) -> Result<T, Invalid> {
    move |value| match value {
        Value::Number(number) if !number.is_f64() => {
            // What does not fit is out of every range.
            parse(number.as_i64().unwrap_or(i64::MAX))
        }
        Value::Number(number) => match number.as_f64().filter(|number| number.fract() == 0.0) {
            // The cast saturates.
            Some(whole) => parse(whole as i64),
            None => Err(invalid_type("Use a whole number.")),
        },
        _ => Err(invalid_type("Use a whole number.")),
    }
}

/// Reads `true` or `false`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "takes what the other readers take"
)]
pub(crate) fn boolean(value: Value) -> Result<bool, Invalid> {
    value
        .as_bool()
        .ok_or_else(|| invalid_type("Use true or false."))
}

/// Reads an object as it is.
pub(crate) fn object(value: Value) -> Result<Map<String, Value>, Invalid> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(invalid_type("Use an object.")),
    }
}

/// Reads an array of strings, each by a value type's constructor.
pub(crate) fn strings<T, U>(
    parse: impl Fn(&str) -> Result<T, Invalid>,
    collect: impl FnOnce(Vec<T>) -> Result<U, Invalid>,
) -> impl FnOnce(Value) -> Result<U, Invalid> {
    move |value| match value {
        Value::Array(items) => items
            .into_iter()
            .map(|item| string(&parse)(item))
            .collect::<Result<Vec<_>, _>>()
            .and_then(collect),
        _ => Err(invalid_type("Use an array of strings.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn one_answer_names_every_bad_field() {
        let body = map(&json!({"a": 1, "c": null, "p": {"x": "1", "y": 2}, "z": 0}));
        let problem = Fields::read(body, &[], |f| {
            let a = f.required("a", string(|s| Ok(s.to_owned())));
            let b = f.required("b", boolean);
            let c = f.optional("c", boolean);
            let p = f.nested("p", "p.", |p| p.optional("x", integer(Ok)));
            a?;
            b?;
            c?;
            p
        })
        .expect_err("refused");
        let body: Value = serde_json::from_slice(&problem.render("r")).expect("JSON");
        let errors: Vec<_> = body["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|e| {
                (
                    e["field"].as_str().expect("field"),
                    e["code"].as_str().expect("code"),
                )
            })
            .collect();
        assert_eq!(
            errors,
            [
                ("a", "invalid_type"),
                ("b", "required"),
                ("c", "not_nullable"),
                ("p.x", "invalid_type"),
                ("p.y", "unknown_field"),
                ("z", "unknown_field"),
            ]
        );
    }

    #[test]
    fn whole_numbers_may_have_a_point() {
        let read = |value| integer(Ok)(value);
        assert_eq!(read(json!(25)), Ok(25));
        assert_eq!(read(json!(25.0)), Ok(25));
        assert_eq!(read(json!(-1e300)), Ok(i64::MIN));
        assert!(read(json!(25.5)).is_err());
        assert!(read(json!("25")).is_err());
    }

    #[test]
    fn null_clears_only_what_is_nullable() {
        let body = map(&json!({"a": null, "b": "x"}));
        let (a, b, c) = Fields::read(body, &[], |f| {
            let a = f.patch("a", boolean);
            let b = f.patch("b", string(|s| Ok(s.to_owned())));
            let c = f.patch("c", boolean);
            Ok((a?, b?, c?))
        })
        .expect("read");
        assert_eq!(a, Patch::Clear);
        assert_eq!(b, Patch::Set("x".to_owned()));
        assert_eq!(c, Patch::Keep);
    }
}
