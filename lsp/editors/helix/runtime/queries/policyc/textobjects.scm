; A policy block is a class, a test a test, an item of a list a parameter, a member of JSON an entry.

(policy body: (block) @class.inside) @class.around

(test body: (steps) @test.inside) @test.around

(selection (_) @parameter.inside)
(list (_) @parameter.inside)
(literal_list (_) @parameter.inside)
(json_array (_) @entry.inside)
(member value: (_) @entry.inside) @entry.around

(comment) @comment.inside
(doc_comment) @comment.inside
(comment)+ @comment.around
(doc_comment)+ @comment.around
