use super::*;

/// A tree with parentheses everywhere.
fn shown(tree: &Tree) -> String {
    let list = |parts: &[Tree]| parts.iter().map(shown).collect::<Vec<_>>().join(" ");
    match &tree.kind {
        Kind::Name(name) => name.clone(),
        Kind::Entity(path, id) => format!("{path}::{id:?}"),
        Kind::Text(text) => format!("{text:?}"),
        Kind::Number(number) => number.clone(),
        Kind::List(parts) => format!("[{}]", list(parts)),
        Kind::Member(tree, name) => format!("{}.{name}", shown(tree)),
        Kind::Index(tree, index) => format!("{}[{}]", shown(tree), shown(index)),
        Kind::Call(tree, parts) => format!("{}({})", shown(tree), list(parts)),
        Kind::Not(tree) => format!("(not {})", shown(tree)),
        Kind::And(parts) => format!("(and {})", list(parts)),
        Kind::Or(parts) => format!("(or {})", list(parts)),
        Kind::Compare(comparison, left, right) => {
            format!("({} {} {})", comparison.symbol(), shown(left), shown(right))
        }
        Kind::In(left, right) => format!("(in {} {})", shown(left), shown(right)),
        Kind::Has(tree, name) => format!("(has {} {name:?})", shown(tree)),
        Kind::Like(tree, pattern) => format!("(like {} {pattern:?})", shown(tree)),
        Kind::Is(tree, path) => format!("(is {} {path})", shown(tree)),
    }
}

/// A whole text as a tree, or the place where it stops being one.
fn read(text: &str, dialect: &'static Dialect) -> String {
    let tree = Reader::new(text, dialect).and_then(|mut reader| {
        let tree = reader.expression()?;
        if reader.is_end() { Ok(tree) } else { Err(reader.place()) }
    });
    match tree {
        Ok(tree) => shown(&tree),
        Err(span) => format!("error at {}", span.start),
    }
}

#[test]
fn precedence() {
    for (text, expected) in [
        ("a || b && c || d", "(or a (and b c) d)"),
        ("(a || b) && c", "(and (or a b) c)"),
        ("!a.b(c) && !!d", "(and (not a.b(c)) (not (not d)))"),
        ("a.b[\"c d\"][0] <= -5", "(<= a.b[\"c d\"][0] -5)"),
        ("x.f(1.5, [\"a\", b]).g() == 1e-5", "(== x.f(1.5 [\"a\" b]).g() 1e-5)"),
        ("a in [1, 2] || f() != []", "(or (in a [1 2]) (!= f() []))"),
        ("a // not b\n && c", "(and a c)"),
        ("(((a)))", "a"),
    ] {
        assert_eq!(read(text, &CEDAR), expected, "{text}");
        assert_eq!(read(text, &CEL), expected, "{text}");
    }
}

#[test]
fn words_of_cedar() {
    for (text, expected) in [
        ("a.b has c && a has \"c d\"", "(and (has a.b \"c\") (has a \"c d\"))"),
        ("a like \"x\\*\\\\*\\n\"", "(like a \"x\\\\*\\\\\\\\*\\n\")"),
        ("p is A::B && p in A::B::\"c\"", "(and (is p A::B) (in p A::B::\"c\"))"),
        ("decimal(\"0.1\").lessThan(context.x)", "decimal(\"0.1\").lessThan(context.x)"),
    ] {
        assert_eq!(read(text, &CEDAR), expected, "{text}");
    }
    // Names elsewhere.
    assert_eq!(read("has(a.like)", &CEL), "has(a.like)");
    assert_eq!(read("a has b", &CEL), "error at 2");
    assert_eq!(read("a::b", &CEL), "error at 1");
}

#[test]
fn what_is_no_expression() {
    for (text, at) in [
        ("", 0),
        ("a &&", 2),
        ("a == b == c", 7),
        ("a < b < c", 6),
        ("a b", 2),
        ("-a", 1),
        ("(a", 1),
        ("f(a,)", 4),
        ("[a,,]", 3),
        ("a.", 1),
        ("a.5", 2),
        ("a & b", 2),
        ("\"a", 0),
        ("\"a\nb\"", 0),
        ("\"\\q\"", 0),
        ("a // b\rc", 6),
        ("a + b", 2),
        ("é", 0),
        ("'a'", 0),
    ] {
        assert_eq!(read(text, &CEL), format!("error at {at}"), "{text:?}");
        assert_eq!(read(text, &CEDAR), format!("error at {at}"), "{text:?}");
    }
    assert_eq!(read("a like b", &CEDAR), "error at 7");
    assert_eq!(read("a has b.c has d", &CEDAR), "error at 7");
    // A number does not end within a word.
    assert_eq!(read("5in", &CEL), "5in");
}

#[test]
fn strings_are_read_as_written() {
    let texts = ["", "a\"b\\c", "x\ny\r\t\0", "é\u{1f600}", "\u{feff}\u{200b}\u{202e}\u{e0001}", "*\\*", "'`"];
    for dialect in [&CEDAR, &CEL] {
        for text in texts {
            let quoted = dialect.escapes.quoted(text);
            assert!(!quoted.chars().any(|char| char.is_control() || char == '\u{feff}' || char == '\u{202e}'));
            assert_eq!(Reader::new(&quoted, dialect).unwrap().text().as_deref(), Ok(text), "{quoted}");
        }
    }
    for wrong in ["\\u{}", "\\u{110000}", "\\u{d800}", "\\u{000000041}", "\\u0041", "\\*", "\\u{+41}", "\\"] {
        assert_eq!(Escapes::Braced.text(wrong), None, "{wrong}");
    }
    for wrong in ["\\u{41}", "\\u004", "\\U00110000", "\\ud83d", "\\*", "\\u+041"] {
        assert_eq!(Escapes::Sized.text(wrong), None, "{wrong}");
    }
}

/// Neither nesting nor length overflows the stack.
#[test]
fn depth_is_bounded() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}a{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in
        [("(", ")"), ("[", "]"), ("!", ""), ("f(", ")"), ("a[", "]"), ("", ".b"), ("", "()"), ("", "[0]")]
    {
        assert!(!read(&nested(open, close, DEEPEST - 2), &CEL).starts_with("error"), "{open}{close}");
        assert!(read(&nested(open, close, 100_000), &CEL).starts_with("error"), "{open}{close}");
    }
    // Each level adds to what is in it.
    let inner = nested("", ".b", DEEPEST / 2);
    assert!(read(&format!("({inner}){}", ".b".repeat(DEEPEST / 2)), &CEL).starts_with("error"));
    for mark in [" && ", " || "] {
        let long = vec!["a"; 100_000].join(mark);
        assert!(read(&long, &CEL).starts_with('('));
    }
}

#[test]
fn places() {
    let tree = Reader::new("a && (b.c <= 5)", &CEL).unwrap().expression().unwrap();
    let Kind::And(parts) = &tree.kind else { panic!("{tree:?}") };
    assert_eq!((tree.span.start, tree.span.end), (0, 15));
    assert_eq!((parts[1].span.start, parts[1].span.end), (6, 14));
}

#[test]
fn what_stands_around_expressions() {
    let mut reader = Reader::new("@note(\"x\") when { a };", &CEDAR).unwrap();
    assert!(reader.takes("@") && !reader.takes("@"));
    assert_eq!(reader.name(), Ok("note"));
    assert_eq!(reader.expect("("), Ok(()));
    assert_eq!(reader.text().as_deref(), Ok("x"));
    assert_eq!(reader.expect("]").unwrap_err().start, 9);
    assert!(reader.takes(")") && reader.takes("when") && reader.takes("{"));
    assert_eq!(shown(&reader.expression().unwrap()), "a");
    assert!(reader.takes("}") && reader.takes(";") && reader.is_end());
}
