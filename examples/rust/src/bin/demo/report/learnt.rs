//! What was learnt, and who answered at what cost.

use aion_core::hybrid::{AnswerSource, HybridAnswer};

use super::section;
use super::svg;
use super::text::{count, escape};
use crate::answer::Turns;
use crate::learn::{Exam, Lesson};

/// The training and what it changed.
pub(super) fn lesson(lesson: &Lesson) -> String {
    let set = &lesson.dataset;
    let (learnt, learnt_after) = part(lesson, true);
    let (other, other_after) = part(lesson, false);
    let rows: String = lesson.exams.iter().map(exam).collect();
    section(
        "learnt",
        "Learnt overnight",
        &format!(
            "Of {} with ratings {} became the training set: {} rated too low, {} was said twice, and {} on a page that asks \
             not to be trained on.",
            count(lesson.recorded, "conversation"),
            set.kept,
            set.too_low,
            set.duplicates,
            lesson.withheld
        ),
        &format!(
            "<figure>{}<figcaption>{} of a LoRA adapter in {:.1} seconds. On questions in other words, which it never met, \
             the loss fell from {:.2} to {:.2}; so it was promoted, as <code>{}</code>.</figcaption></figure>\n\
             <h3>Asked before and after</h3>\n\
             <p>Of the questions that it learnt, {learnt_after} of {learnt} are answered right, word for word; of the same \
             facts asked in other words, {other_after} of {other}. The base alone answered {} of all {}. Each number is \
             the confidence that the model has in its own answer.</p>\n\
             <table class=\"stack\"><thead><tr><th>Question</th><th>Before</th><th>After</th></tr></thead>\n<tbody>\n\
             {rows}</tbody></table>\n",
            svg::curve(&lesson.losses),
            count(lesson.losses.len(), "update"),
            lesson.took.as_secs_f64(),
            lesson.held_out.0,
            lesson.held_out.1,
            escape(&lesson.version.id),
            lesson.right(|_| true).0,
            lesson.exams.len(),
        ),
    )
}

/// How many questions there are of a part, and how many are answered right after.
fn part(lesson: &Lesson, is_learnt: bool) -> (usize, usize) {
    let all = lesson.exams.iter().filter(|exam| exam.is_learnt == is_learnt).count();
    (all, lesson.right(|exam| exam.is_learnt == is_learnt).1)
}

fn exam(exam: &Exam) -> String {
    let (was, is) = exam.is_right();
    let cell = |label: &str, is_right: bool, text: &str, confidence: f64| {
        let (class, mark) = if is_right { ("good", "✓ right") } else { ("bad", "✗ not right") };
        format!(
            "<td data-label=\"{label}\">{} <span class=\"mark {class}\">{mark}</span> \
             <span class=\"quiet\">{confidence:.2}</span></td>",
            escape(text)
        )
    };
    let note = if exam.is_learnt { "" } else { "<span class=\"quiet\">in other words</span>" };
    format!(
        "<tr><td>{} {note}</td>{}{}</tr>\n",
        escape(&exam.question),
        cell("Before", was, &exam.before.text, exam.before.confidence),
        cell("After", is, &exam.after.text, exam.after.confidence)
    )
}

/// The budget and its decisions.
pub(super) fn turns(turns: &Turns) -> String {
    let cards: String = turns.turns.iter().map(|(question, answer)| turn(question, answer)).collect();
    let status = &turns.status;
    let audit =
        if turns.audit.is_clean() { "The books agree with the journal." } else { "The books do not agree." };
    section(
        "answers",
        "Answered within the budget",
        &format!(
            "Below a confidence of {} a paid model may be asked, here a fake one on this machine. Money is set aside first, \
             for the longest answer there may be; what is not used comes back.",
            turns.threshold
        ),
        &format!(
            "<figure>{}<figcaption>{}: ${} of ${} spent, ${} free; {} in this hour. {audit}</figcaption></figure>\n\
             <div class=\"turns\">\n{cards}</div>\n",
            svg::gauge(status.spent.micros(), status.daily.micros()),
            escape(&status.window),
            status.spent,
            status.daily,
            status.remaining,
            count(status.fallbacks_last_hour as usize, "paid call")
        ),
    )
}

fn turn(question: &str, answer: &HybridAnswer) -> String {
    let class = match answer.source {
        AnswerSource::Paid => "fair",
        AnswerSource::Local => "good",
    };
    format!(
        "<article class=\"card\"><h3>{}</h3>\n<blockquote>{}</blockquote>\n\
         <p><span class=\"chip {class}\">{}</span> <code>{}</code> confidence {:.2}, ${}</p>\n\
         <p class=\"quiet\">{}</p></article>\n",
        escape(question),
        escape(&answer.text),
        answer.source,
        answer.reason,
        answer.confidence,
        answer.cost_usd,
        escape(&answer.explanation)
    )
}
