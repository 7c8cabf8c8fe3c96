"""What the tiny Llama is made of: the text it reads, its tokenizer, and how it is judged."""
