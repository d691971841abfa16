/**
 * Tree-sitter grammar of policyc's policy language (*.pol).
 *
 * It follows src/syntax/token.rs and grammar/policy.lalrpop of the compiler. Two things are left to the compiler:
 * which clauses a statement may have, and whether words such as units mean anything. Both are errors that it
 * reports by name, and a tree without a hole in it serves an editor better.
 *
 * Words (names, globs, `*` and keywords) come from src/scanner.c. Tree-sitter's own lexer asks the parser what would
 * fit: to it the `deny` of an unfinished `allow` above is a name, and `deny*` is `deny` and `*`. To the compiler a
 * word is the same everywhere; with the scanner it is so here, and an unfinished statement ends at the next one.
 */

const KEYWORDS = [
  'server', 'from', 'import', 'let', 'group', 'policy', 'allow', 'deny', 'hide', 'limit', 'total', 'of', 'per',
  'require', 'approval', 'for', 'when', 'unless', 'because', 'except', 'as', 'and', 'or', 'not', 'has', 'in',
  'contains', 'like', 'matches', 'every', 'some', 'length', 'assert', 'test', 'call', 'times', 'wait', 'true', 'false',
  'null', 'after', 'before', 'within', 'during', 'until',
];

/** One or more, with commas between. */
const list = (rule) => seq(rule, repeat(seq(',', rule)));

/** Statements or steps, each with its `;`, which the last one may leave out; `block` needs none. */
const sequence = (statement, ...block) =>
  seq(repeat(choice(seq(statement, ';'), ';', ...block)), optional(statement));

module.exports = grammar({
  name: 'policyc',

  // A byte order mark counts as a space.
  extras: ($) => [/[ \t\r\n\f\uFEFF]/, $.doc_comment, $.comment],

  // In the order of the enumeration in src/scanner.c.
  externals: ($) => [$.name, $.glob, $.everything, ...KEYWORDS],

  supertypes: ($) => [$.statement, $.condition, $.json_value],

  inline: ($) => [$._declared, $._tool],

  rules: {
    source_file: ($) => sequence($.statement, $._block_statement),

    _block_statement: ($) => choice($.policy, $.test),

    block: ($) => seq('{', sequence($.statement, $._block_statement), '}'),

    // Statements

    statement: ($) =>
      choice($.server, $.import, $.let, $.group, $.allow, $.deny, $.hide, $.limit, $.require, $.approval, $.assert),

    _declared: ($) => field('name', alias($.name, $.identifier)),

    server: ($) => seq('server', $._declared, 'from', field('path', $.string)),

    import: ($) => seq('import', field('path', $.string)),

    let: ($) => seq('let', $._declared, '=', field('value', choice($._literal, $.literal_list))),

    literal_list: ($) => seq('[', optional(list($._literal)), ']'),

    group: ($) => seq('group', $._declared, '=', field('selection', $.selection)),

    allow: ($) => seq('allow', field('selection', $.selection), repeat($._clause)),

    deny: ($) => seq('deny', field('selection', $.selection), repeat($._clause)),

    hide: ($) => seq('hide', field('selection', $.selection), repeat($._clause)),

    limit: ($) =>
      seq('limit', optional('total'), field('selection', $.selection), field('rate', $.rate), repeat($._clause)),

    require: ($) =>
      seq('require', field('condition', $.condition), 'for', field('selection', $.selection), repeat($._clause)),

    approval: ($) =>
      seq('require', 'approval', optional($.by), 'for', field('selection', $.selection), repeat($._clause)),

    // `by` is not reserved.
    by: ($) => seq(alias($.name, $.word), field('approver', $.string)),

    assert: ($) =>
      seq(
        'assert',
        choice(
          seq(choice('deny', 'allow'), field('selection', $.selection)),
          seq('limit', field('selection', $.selection), field('rate', $.rate)),
          seq('approval', 'for', field('selection', $.selection)),
        ),
        repeat(choice($._clause, $.valid_calls)),
      ),

    policy: ($) => seq('policy', $._declared, field('body', $.block)),

    // Clauses

    _clause: ($) => choice($.of, $.per, $.when, $.unless, $.as, $.because),

    of: ($) => seq('of', field('path', $.path)),

    per: ($) => seq('per', field('scope', choice('server', $.path))),

    when: ($) => seq('when', field('condition', $.condition)),

    unless: ($) => seq('unless', field('condition', $.condition)),

    as: ($) => seq('as', field('name', $.string)),

    because: ($) => seq('because', field('reason', $.string)),

    // `for valid calls`; the two words are not reserved.
    valid_calls: ($) => seq('for', alias($.name, $.word), alias($.name, $.word)),

    rate: ($) => seq(field('max', $.number), '/', field('window', choice($.duration, alias($.name, $.unit)))),

    duration: ($) => seq($.number, alias($.name, $.unit)),

    // Selections

    selection: ($) => seq(list($._selected), optional($.except)),

    except: ($) => seq('except', list($._selected)),

    _selected: ($) => choice($._selected_here, $.of_server),

    of_server: ($) => seq(field('server', alias($.name, $.identifier)), '::', field('tool', $._selected_here)),

    _selected_here: ($) =>
      choice(alias($.name, $.tool_name), alias($.string, $.quoted_tool), $.glob, $.everything, $.set),

    // Conditions

    condition: ($) => choice($.or, $.and, $.not, $.parentheses, $.has, $.comparison, $.quantifier, $.length),

    or: ($) => prec.left(1, seq($.condition, 'or', $.condition)),

    and: ($) => prec.left(2, seq($.condition, 'and', $.condition)),

    not: ($) => prec(3, seq('not', $.condition)),

    parentheses: ($) => seq('(', $.condition, ')'),

    has: ($) => seq('has', field('path', $.path)),

    comparison: ($) => seq(field('path', $.path), $._value_test),

    quantifier: ($) => seq(choice('every', 'some'), field('path', $.path), $._value_test),

    length: ($) =>
      seq('length', '(', field('path', $.path), ')', field('operator', $._order), field('value', $._operand)),

    _value_test: ($) =>
      choice(
        seq(field('operator', choice($._order, 'contains')), field('value', $._operand)),
        seq(field('operator', 'like'), field('value', choice($._operand, $.list))),
        // A node of its own for the operator tells queries that the value is a regular expression.
        seq(field('operator', $.matches), field('value', choice($._operand, $.list))),
        seq(
          field('operator', choice('in', alias(seq('not', 'in'), $.not_in))),
          field('value', choice($.list, alias($.name, $.identifier))),
        ),
      ),

    matches: (_) => 'matches',

    _order: (_) => choice('==', '!=', '<', '<=', '>', '>='),

    _operand: ($) => choice($._literal, alias($.name, $.identifier)),

    list: ($) => seq('[', optional(list($._operand)), ']'),

    path: ($) => seq($.name, repeat(choice($.index, $._key))),

    index: ($) => seq('[', choice($.number, alias($.everything, $.each)), ']'),

    // Here keywords are keys too: `args.items[0].test`.
    _key: ($) => seq('.', choice(alias(choice($.name, ...KEYWORDS), $.key), alias($.string, $.quoted_key))),

    // Tests

    test: ($) => seq('test', field('name', $.string), field('body', $.steps)),

    steps: ($) => seq('{', sequence($._step), '}'),

    _step: ($) => choice($.call, $.wait),

    wait: ($) => seq('wait', $.duration),

    call: ($) =>
      seq(
        'call',
        optional(seq(field('server', alias($.name, $.identifier)), '::')),
        field('tool', $._tool),
        field('arguments', optional(choice($.json_object, $.json_array))),
        repeat(choice($.caller, $.as, $.approved, $.times)),
        '->',
        field('outcome', $.outcome),
      ),

    _tool: ($) => choice(alias($.name, $.tool_name), alias($.string, $.quoted_tool)),

    caller: ($) => seq('from', field('claims', $.json_value)),

    // Not reserved.
    approved: ($) => alias($.name, $.word),

    times: ($) => seq('times', $.number),

    outcome: ($) => choice('allow', 'approval', seq('deny', field('text', optional($.string)))),

    json_value: ($) => choice($.json_object, $.json_array, $.string, $.number, $.boolean, $.null),

    json_object: ($) => seq('{', optional(list($.member)), '}'),

    json_array: ($) => seq('[', optional(list($.json_value)), ']'),

    member: ($) => seq(field('key', alias($.string, $.json_key)), ':', field('value', $.json_value)),

    // Words

    _literal: ($) => choice($.string, $.number, $.boolean, $.null),

    boolean: (_) => choice('true', 'false'),

    null: (_) => 'null',

    string: ($) => seq('"', optional($.string_content), token.immediate('"')),

    string_content: ($) => repeat1(choice(token.immediate(prec(1, /[^"\\\r\n]+/)), $.escape_sequence)),

    escape_sequence: (_) => token.immediate(prec(1, /\\(u[0-9A-Fa-f]{4}|[^\r\n])/)),

    number: (_) => /-?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9]+)?/,

    set: (_) => /@[A-Za-z_]([A-Za-z0-9_.\-]*[A-Za-z0-9_])?/,

    doc_comment: (_) => token(prec(1, /\/\/\/[^\r\n]*/)),

    comment: (_) => token(/\/\/[^\r\n]*/),
  },
});
