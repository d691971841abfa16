//! A policy as bytes, for deciding only.
//!
//! Reading a policy and its catalogues takes much longer than deciding a call. A program that decides one call and ends keeps the
//! policy as an image: what an evaluator needs, and nothing of schemas, places in the source, or assertions. The evaluator decides
//! with the read image what it decided with the policy.
//!
//! An image says nothing of where it comes from. Whoever keeps one must know that the sources have not changed, and that nobody else
//! has written it.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// The form of the bytes. Another number is another form, and cannot be read.
pub const FORMAT: u32 = 1;

/// Levels of conditions that are read. The parser has a tighter bound.
const DEEPEST: u32 = 500;

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::eval::{Evaluator, OwnedCall};
    use crate::sema::{NoFiles, Options, analyze};

    const POLICY: &str = r#"
        deny * because "Closed.";
        allow refund, "odd tool" when args.amount <= 100.5 and args.currency in ["EUR", null, true, 2];
        deny refund when args."odd key"[3].x contains "x" or not (caller.role not in ["bot"] and has args.a);
        deny refund when every args.to[*].email like ["*@acme.com", "a\\*b"] and some args.tags matches ["[a-z]+", "x"];
        require length(args.note) < 5 for refund because "Short.";
        limit refund 5/hour of args.amount per caller.team; limit total * 9/day per server as "all";
        require approval by "ann" for refund when args.amount != 50;
        hide drop; limit other 1_000/5min;
    "#;

    #[test]
    fn an_image_is_read_as_it_was_written_and_a_part_of_it_is_not() {
        let analysis = analyze("p.pol", "p.pol".as_ref(), POLICY, &Options::default(), &NoFiles);
        let policy = &analysis.checked.as_ref().unwrap().policies()[0];
        let bytes = write(policy);
        let image = read(&bytes).unwrap();
        assert_eq!(write(&image), bytes);
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_none(), "{end}");
        }
        assert!(read(&[bytes.clone(), vec![0]].concat()).is_none());
        // Whatever the bytes are, reading them ends.
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 0x55;
            let _ = read(&other);
        }
        let (before, after) = (Evaluator::new(policy), Evaluator::new(&image));
        for call in [
            r#"{"name": "refund", "arguments": {"amount": 7, "currency": "EUR", "a": 1, "note": "x", "to": [], "tags": []}}"#,
            r#"{"name": "refund", "arguments": {"amount": 50, "currency": 2, "a": 1, "note": "x", "to": [{"email": "x"}]}}"#,
            r#"{"name": "refund", "arguments": {"odd key": [0, 0, 0, {"x": "yx"}]}}"#,
            r#"{"name": "drop"}"#,
            r#"{"name": "odd tool", "arguments": {"amount": "1"}}"#,
            r#"{"name": "other", "caller": {"team": 1}, "grant": "g"}"#,
            r#"{"name": "unknown"}"#,
        ] {
            let call = OwnedCall::parse(call).unwrap();
            let [one, two] = [&before, &after].map(|evaluator| {
                let call = call.at(1_800_000_000);
                let considered = evaluator.consider(&call);
                let full = considered.decision(|_| false);
                let decision = considered.within_limits();
                let demands: Vec<_> = considered.demands().iter().map(|demand| format!("{demand:?}")).collect();
                let [one, two] = [full, decision].map(|d| (d.verdict, d.rule().into_owned(), d.reason().into_owned()));
                (one, two, demands)
            });
            assert_eq!(one, two);
        }
    }
}
