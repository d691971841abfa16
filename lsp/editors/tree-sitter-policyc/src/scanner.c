// Words of policyc: names, globs, `*` and keywords, as src/syntax/token.rs cuts them.
//
// The longest run wins, whatever the parser expects, and it is a keyword only as a whole: `limits` and `limit.x`
// are names, `limit*` is a glob. A run never ends in `.` or `-`, so that `x->` is `x` and an arrow.

#include "tree_sitter/parser.h"

// The order of `externals` in grammar.js.
enum { NAME, GLOB, EVERYTHING, FIRST_KEYWORD };

static const char *const KEYWORDS[] = {
    "server",   "from",    "import", "let",    "group",   "policy", "allow",  "deny",   "hide", "limit",
    "total",    "of",      "per",    "require", "approval", "for",    "when",   "unless", "because", "except",
    "as",       "and",     "or",     "not",    "has",     "in",     "contains", "like", "matches", "every",
    "some",     "length",  "assert", "test",   "call",    "times",  "wait",   "true",   "false", "null",
    "after",    "before",  "within", "during", "until",
};

enum { KEYWORD_COUNT = sizeof KEYWORDS / sizeof KEYWORDS[0], LONGEST_KEYWORD = 8 };

static bool is_space(int32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == 0xFEFF;
}

static bool is_letter(int32_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// May stand at the end of a word.
static bool is_inner(int32_t c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '*';
}

static bool equal(const char *keyword, const char *word, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        if (keyword[i] != word[i]) return false;
    }
    return keyword[length] == '\0';
}

bool tree_sitter_policyc_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
    (void)payload;
    (void)valid_symbols;
    while (is_space(lexer->lookahead)) lexer->advance(lexer, true);
    if (!is_letter(lexer->lookahead) && lexer->lookahead != '*') return false;

    char word[LONGEST_KEYWORD + 1];
    unsigned seen = 0, length = 0;
    bool star = false;
    while (is_inner(lexer->lookahead) || lexer->lookahead == '.' || lexer->lookahead == '-') {
        int32_t c = lexer->lookahead;
        if (seen <= LONGEST_KEYWORD) word[seen] = (char)c;
        seen++;
        lexer->advance(lexer, false);
        if (is_inner(c)) {
            star = star || c == '*';
            length = seen;
            lexer->mark_end(lexer);
        }
    }

    if (star) {
        lexer->result_symbol = length == 1 ? EVERYTHING : GLOB;
        return true;
    }
    lexer->result_symbol = NAME;
    if (length <= LONGEST_KEYWORD) {
        for (unsigned i = 0; i < KEYWORD_COUNT; i++) {
            if (equal(KEYWORDS[i], word, length)) lexer->result_symbol = (TSSymbol)(FIRST_KEYWORD + i);
        }
    }
    return true;
}

// The scanner remembers nothing.

void *tree_sitter_policyc_external_scanner_create(void) { return NULL; }

void tree_sitter_policyc_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_policyc_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

void tree_sitter_policyc_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}
