//! Two charts as SVG, without any dependency and readable on light and dark pages.

use std::fmt::Write;

use super::attack::Attacker;
use super::measure::Bin;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 34.0;
const PLOT: (f64, f64) = (430.0, 310.0);
/// Told apart by hue and by dash, for those who do not see the hue.
const STROKES: [(&str, &str); 4] =
    [("#2b6cb0", ""), ("#b7791f", "8 4"), ("#c53030", "2 3"), ("#6b46c1", "10 3 2 3")];

/// A named line of points, each coordinate 0..1 of the plot.
type Line = (String, Vec<(f64, f64)>);

/// What was said against what came.
pub fn reliability(bins: &[Bin]) -> String {
    let used = bins.iter().filter(|bin| bin.weight > 0.0);
    let points: Vec<(f64, f64)> = used.clone().map(|bin| (bin.said, bin.came)).collect();
    let mut svg = frame("Reliability: what was said, and what came", "probability said", "share of attacks");
    let ticks: Vec<(f64, String)> =
        (0..=5).map(|n| (f64::from(n) / 5.0, format!("{:.1}", f64::from(n) / 5.0))).collect();
    axes(&mut svg, &ticks, &ticks);
    lines(&mut svg, &[("perfect".to_owned(), vec![(0.0, 0.0), (1.0, 1.0)]), ("engine".to_owned(), points)]);
    for bin in used {
        let (x, y) = at((bin.said, bin.came));
        let radius = 3.0 + 6.0 * bin.weight.sqrt();
        let _ = write!(
            svg,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius:.1}" fill="{}" fill-opacity=".55"/>"#,
            STROKES[1].0
        );
    }
    svg + "</svg>\n"
}

/// Attackers caught against honest logins challenged, on a logarithmic axis.
pub fn curves(title: &str, curves: &[Vec<(f64, f64)>; 4]) -> String {
    let mut svg = frame(title, "honest logins challenged", "attackers caught");
    let x = |share: f64| (share / 0.001).log10() / 200_f64.log10();
    let marks = [(0.001, ".1 %"), (0.005, ".5 %"), (0.01, "1 %"), (0.05, "5 %"), (0.2, "20 %")];
    let across: Vec<(f64, String)> = marks.iter().map(|(at, text)| (x(*at), (*text).to_owned())).collect();
    let up: Vec<(f64, String)> = (0..=5).map(|n| (f64::from(n) / 5.0, format!("{} %", n * 20))).collect();
    axes(&mut svg, &across, &up);
    let drawn: Vec<Line> = Attacker::ALL
        .iter()
        .zip(curves)
        .map(|(attacker, points)| {
            (attacker.name().to_owned(), points.iter().map(|point| (x(point.0), point.1)).collect())
        })
        .collect();
    lines(&mut svg, &drawn);
    svg + "</svg>\n"
}

fn at((x, y): (f64, f64)) -> (f64, f64) {
    (LEFT + x.clamp(0.0, 1.0) * PLOT.0, TOP + (1.0 - y.clamp(0.0, 1.0)) * PLOT.1)
}

fn frame(title: &str, across: &str, up: &str) -> String {
    let (middle, bottom, side) = (LEFT + PLOT.0 / 2.0, HEIGHT - 12.0, TOP + PLOT.1 / 2.0);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" font-family="system-ui, sans-serif" font-size="12" fill="#71717a">
<text x="{LEFT}" y="20" font-size="14" font-weight="600">{title}</text>
<text x="{middle}" y="{bottom}" text-anchor="middle">{across}</text>
<text x="14" y="{side}" text-anchor="middle" transform="rotate(-90 14 {side})">{up}</text>
"##
    )
}

fn axes(svg: &mut String, across: &[(f64, String)], up: &[(f64, String)]) {
    for (x, text) in across {
        let ((x, bottom), (_, top)) = (at((*x, 0.0)), at((0.0, 1.0)));
        let below = bottom + 18.0;
        let _ = write!(
            svg,
            r##"<path d="M{x:.1} {bottom:.1}V{top:.1}" stroke="#a1a1aa" stroke-opacity=".35"/><text x="{x:.1}" y="{below:.1}" text-anchor="middle">{text}</text>"##
        );
    }
    for (y, text) in up {
        let ((left, y), (right, _)) = (at((0.0, *y)), at((1.0, 0.0)));
        let (before, base) = (left - 8.0, y + 4.0);
        let _ = write!(
            svg,
            r##"<path d="M{left:.1} {y:.1}H{right:.1}" stroke="#a1a1aa" stroke-opacity=".35"/><text x="{before:.1}" y="{base:.1}" text-anchor="end">{text}</text>"##
        );
    }
    svg.push('\n');
}

fn lines(svg: &mut String, all: &[Line]) {
    for (index, (name, points)) in all.iter().enumerate() {
        let (stroke, dash) = STROKES[index % STROKES.len()];
        let path: Vec<String> = points
            .iter()
            .map(|point| {
                let (x, y) = at(*point);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let (x, y) = (LEFT + PLOT.0 + 16.0, TOP + 14.0 + 22.0 * index as f64);
        let (end, text, base) = (x + 26.0, x + 34.0, y + 4.0);
        let _ = writeln!(
            svg,
            r#"<polyline points="{}" fill="none" stroke="{stroke}" stroke-width="2" stroke-dasharray="{dash}"/><path d="M{x} {y}H{end}" stroke="{stroke}" stroke-width="2" stroke-dasharray="{dash}"/><text x="{text}" y="{base}">{name}</text>"#,
            path.join(" ")
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_named_and_inside_the_plot() {
        let points = vec![(0.001, 0.0), (0.2, 1.0), (0.5, 2.0)];
        let svg = curves("A title", &[points.clone(), points.clone(), points.clone(), points]);
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains("very targeted") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        assert!(svg.contains("494.0,34.0"), "what lies outside is drawn at the edge");
    }
}
