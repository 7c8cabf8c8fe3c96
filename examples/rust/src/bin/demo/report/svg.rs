//! Plots as SVG, in the colours of the page.

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 34.0;
const TOP: f64 = 14.0;

/// The loss of each update, as a curve over its updates.
pub(super) fn curve(losses: &[f64]) -> String {
    // An even number has quarters that are written short.
    let highest = (losses.iter().copied().fold(1.0, f64::max) / 2.0).ceil() * 2.0;
    let x = |update: usize| {
        LEFT + (WIDTH - LEFT - 8.0) * update as f64 / losses.len().max(2).saturating_sub(1) as f64
    };
    let y = |loss: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - loss / highest);
    let points: Vec<_> =
        losses.iter().enumerate().map(|(update, &loss)| format!("{:.1},{:.1}", x(update), y(loss))).collect();
    let lines: String = (0..=4)
        .map(|part| {
            let loss = highest * f64::from(part) / 4.0;
            format!(
                "<line class=\"rule\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\
                 <text x=\"{1:.1}\" y=\"{2:.1}\" text-anchor=\"end\">{loss:.1}</text>\n",
                y(loss),
                LEFT - 8.0,
                y(loss) + 5.0
            )
        })
        .collect();
    let label = format!(
        "Loss over {} updates, from {:.2} to {:.2} nats",
        losses.len(),
        losses.first().unwrap_or(&0.0),
        losses.last().unwrap_or(&0.0)
    );
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">\n{lines}\
         <polyline class=\"curve\" points=\"{}\"/>\n\
         <text x=\"{LEFT}\" y=\"{3:.1}\">update 1</text><text x=\"{WIDTH}\" y=\"{3:.1}\" text-anchor=\"end\">update {2}</text>\n\
         <text x=\"{1:.1}\" y=\"{3:.1}\" text-anchor=\"middle\">loss in nats</text>\n</svg>\n",
        points.join(" "),
        f64::midpoint(LEFT, WIDTH),
        losses.len(),
        HEIGHT - 8.0
    )
}

/// How much of the day's money is spent, as a half circle.
pub(super) fn gauge(spent: i64, daily: i64) -> String {
    const RADIUS: f64 = 100.0;
    let share = (spent as f64 / daily.max(1) as f64).clamp(0.0, 1.0);
    let length = std::f64::consts::PI * RADIUS;
    let arc = format!("M20,116 a{RADIUS},{RADIUS} 0 0 1 {},0", 2.0 * RADIUS);
    let percent = share * 100.0;
    format!(
        "<svg class=\"gauge\" viewBox=\"0 0 240 132\" role=\"img\" aria-label=\"{percent:.0} percent of the day's money spent\">\n\
         <path class=\"track\" d=\"{arc}\"/><path class=\"value\" d=\"{arc}\" stroke-dasharray=\"{:.1} {length:.1}\"/>\n\
         <text class=\"number\" x=\"120\" y=\"106\" text-anchor=\"middle\">{percent:.0} %</text>\n</svg>\n",
        share * length
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_stay_in_their_frame() {
        let svg = curve(&[8.4, 2.0, 0.1]);
        assert!(svg.contains("Loss over 3 updates, from 8.40 to 0.10 nats"), "{svg}");
        let points = svg.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        for point in points.split(' ') {
            let (x, y) = point.split_once(',').unwrap();
            assert!(
                (0.0..=WIDTH).contains(&x.parse().unwrap()) && (0.0..=HEIGHT).contains(&y.parse().unwrap())
            );
        }
        assert!(!curve(&[]).contains("NaN") && !curve(&[1.0]).contains("NaN"));
        assert!(gauge(35, 100).contains(">35 %<") && gauge(200, 100).contains(">100 %<"));
        assert!(gauge(0, 0).contains(">0 %<"));
    }
}
