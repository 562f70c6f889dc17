//! A page: its blocks of commands, with what they are said to print.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::session::Ran;

/// Stands for lines that are left out.
const ELISION: &str = "...";

/// The first command of all stands by itself, to be copied whole.
const START: &str = "cargo run --release -- demo";

/// A page and the blocks in it.
pub struct Page<'a> {
    text: &'a str,
    blocks: Vec<Block>,
}

/// A block of commands.
pub struct Block {
    /// Where its content stands.
    place: Range<usize>,
    pub steps: Vec<Step>,
}

/// A command, and what it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub command: String,
    shown: Vec<String>,
    /// Whether its exit code is asked for right after it, so that it may be any.
    is_asked_for: bool,
    /// Whether the command stands in a block of its own, before the one of its output.
    is_apart: bool,
}

impl<'a> Page<'a> {
    pub fn parse(text: &'a str) -> Self {
        let mut blocks = Vec::new();
        let mut is_code = false;
        for (event, place) in Parser::new(text).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => is_code = language.is_empty(),
                Event::End(TagEnd::CodeBlock) => is_code = false,
                Event::Text(_) if is_code => {
                    // A long block may come in pieces.
                    match blocks.last_mut() {
                        Some(Block { place: last, .. }) if last.end == place.start => last.end = place.end,
                        _ => blocks.push(Block { place, steps: Vec::new() }),
                    }
                }
                _ => {}
            }
        }
        let mut before = "";
        for block in &mut blocks {
            let content = &text[block.place.clone()];
            block.steps = if before == START { vec![Step::apart(before, content)] } else { steps(content) };
            before = content.trim_end();
        }
        blocks.retain(|block| !block.steps.is_empty());
        Self { text, blocks }
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// The page with other outputs, step by step for each block.
    pub fn with(&self, outputs: &[Vec<Vec<String>>]) -> String {
        let mut text = self.text.to_owned();
        for (block, outputs) in self.blocks.iter().zip(outputs).rev() {
            let written: String = block.steps.iter().zip(outputs).map(|(step, output)| step.written(output)).collect();
            text.replace_range(block.place.clone(), &written);
        }
        text
    }
}

/// The steps in a block: lines that begin with a dollar, and the lines of output after each.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) if !goes_on => {
                steps.push(Step {
                    command: command.to_owned(),
                    shown: Vec::new(),
                    is_asked_for: false,
                    is_apart: false,
                });
                goes_on = command.ends_with('\\');
            }
            (_, Some(step)) if goes_on => {
                step.command += &format!("\n{line}");
                goes_on = line.ends_with('\\');
            }
            (_, Some(step)) => step.shown.push(line.trim_end().to_owned()),
            (_, None) => return Vec::new(),
        }
    }
    for place in 1..steps.len() {
        steps[place - 1].is_asked_for = steps[place].command == "echo $?";
    }
    steps
}

impl Step {
    fn apart(command: &str, output: &str) -> Self {
        let shown = output.lines().map(|line| line.trim_end().to_owned()).collect();
        Self { command: command.to_owned(), shown, is_asked_for: false, is_apart: true }
    }

    /// The file that this shows, with its content: what the steps after it work on.
    pub fn file(&self) -> Option<(&str, String)> {
        let name = self.command.strip_prefix("cat ")?;
        Some((name, self.shown.iter().map(|line| format!("{line}\n")).collect()))
    }

    /// What is otherwise than shown.
    pub fn faults(&self, ran: &Ran) -> impl Iterator<Item = String> {
        let failed = (ran.code != 0 && !self.is_asked_for).then(|| format!("ended with {}: {}", ran.code, ran.errors));
        let differs = self.shortened(&ran.output) != self.shown;
        let printed =
            differs.then(|| format!("prints\n{}\ninstead of\n{}", ran.output.join("\n"), self.shown.join("\n")));
        failed.into_iter().chain(printed)
    }

    /// An output with as many lines left out as in what is shown: those between the first lines and the last.
    pub fn shortened(&self, output: &[String]) -> Vec<String> {
        let Some(place) = self.shown.iter().position(|line| line == ELISION) else { return output.to_vec() };
        let (first, last) = (place, self.shown.len() - place - 1);
        if output.len() < first + last {
            return output.to_vec();
        }
        [&output[..first], &[ELISION.to_owned()], &output[output.len() - last..]].concat()
    }

    fn written(&self, output: &[String]) -> String {
        let command = (!self.is_apart).then(|| format!("$ {}\n", self.command));
        command.into_iter().chain(output.iter().map(|line| format!("{line}\n"))).collect()
    }
}

/// The commands that a text names in passing: the words of each, and its flags.
pub fn commands_in_text(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let code = Parser::new(text).filter_map(|event| if let Event::Code(code) = event { Some(code) } else { None });
    let commands = code.filter_map(|code| code.strip_prefix("rapport ").map(str::to_owned));
    commands
        .map(|command| {
            let is_word = |word: &&str| word.chars().all(|it| it.is_ascii_lowercase());
            let words = command.split_whitespace().take_while(is_word).map(str::to_owned).collect();
            let flags = command.split_whitespace().filter(|word| word.starts_with("--")).map(str::to_owned).collect();
            (words, flags)
        })
        .collect()
}

/// The flags that a text names by themselves.
pub fn flags_in_text(text: &str) -> Vec<String> {
    let code = Parser::new(text).filter_map(|event| if let Event::Code(code) = event { Some(code) } else { None });
    let flag = |code: pulldown_cmark::CowStr<'_>| code.split_whitespace().next().map(str::to_owned);
    code.filter_map(flag).filter(|flag| flag.starts_with("--")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "A page.\n\n```\n$ cat a.txt\none\n$ rapport list \\\n  --json\nfirst\n...\nlast\n$ false\n$ echo $?\n1\n```\n\n```toml\n$ no = 1\n```\n\n```\nno command\n```\n";

    fn ran(code: i32, output: &str) -> Ran {
        Ran { code, output: output.lines().map(str::to_owned).collect(), errors: String::new() }
    }

    #[test]
    fn steps_and_their_outputs_are_found() {
        let page = Page::parse(PAGE);
        let commands: Vec<&str> =
            page.blocks().flat_map(|block| &block.steps).map(|step| step.command.as_str()).collect();
        assert_eq!(commands, ["cat a.txt", "rapport list \\\n  --json", "false", "echo $?"]);
        let steps = &page.blocks[0].steps;
        assert_eq!(steps[0].file(), Some(("a.txt", "one\n".to_owned())));
        assert_eq!(steps[1].faults(&ran(0, "first\nand\nmore\nlast")).count(), 0);
        assert_eq!(steps[1].faults(&ran(0, "first\nand\nmore")).count(), 1);
        assert_eq!(steps[1].faults(&ran(0, "other\nand\nlast")).count(), 1);
        assert_eq!(steps[1].faults(&ran(2, "first\nlast")).count(), 1);
        assert_eq!(steps[2].faults(&ran(1, "")).count(), 0);
        assert_eq!(steps[3].faults(&ran(0, "2")).count(), 1);
    }

    #[test]
    fn a_page_is_written_anew_around_what_is_left_out() {
        let page = Page::parse(PAGE);
        let outputs = ["one", "other\nand\nlast", "", "1"].map(|output| ran(0, output).output);
        let shortened =
            page.blocks[0].steps.iter().zip(&outputs).map(|(step, output)| step.shortened(output)).collect();
        assert_eq!(page.with(&[shortened]), PAGE.replace("first", "other"));
    }

    #[test]
    fn the_first_command_stands_before_its_output() {
        let text = format!("```\n{START}\n```\n\n```\none\n...\n```\n");
        let page = Page::parse(&text);
        let step = &page.blocks[0].steps[0];
        assert_eq!((step.command.as_str(), step.faults(&ran(0, "one\ntwo")).count()), (START, 0));
        assert_eq!(step.faults(&ran(0, "two")).count(), 1);
        let output = step.shortened(&ran(0, "other\ntwo").output);
        assert_eq!(page.with(&[vec![output]]), text.replace("one", "other"));
    }

    #[test]
    fn commands_in_a_text_are_found() {
        let found = commands_in_text("Ask `rapport model check FILE` or `rapport list --json`, not `cargo run`.");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(found, [(words("model check"), words("")), (words("list"), words("--json"))]);
        assert_eq!(flags_in_text("`--limit N` says how many, `rapport list --json` how."), ["--limit"]);
    }
}
