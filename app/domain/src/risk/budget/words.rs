//! Odds for people.

/// A probability as odds: `1 in 2,400`; above one half `9 in 10`; to two digits, because more are not known.
pub fn odds(probability: f64) -> String {
    let p = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { 0.5 };
    if p > 0.5 {
        // "Not" is 1 in N, so it is N − 1 in N.
        let all = two_digits(1.0 / (1.0 - p).max(1e-6));
        return format!("{} in {}", grouped((all - 1).max(1)), grouped(all.max(2)));
    }
    format!("1 in {}", grouped(two_digits(1.0 / p.max(1e-6)).max(2)))
}

/// How rare a score is among honest logins: `1 in 2,400 logins`.
pub fn rarity(one_in: f64) -> String {
    let all = two_digits(if one_in.is_finite() { one_in.clamp(1.0, 1e6) } else { 1e6 });
    if all <= 1 { "as most logins".to_owned() } else { format!("1 in {} logins", grouped(all)) }
}

fn two_digits(number: f64) -> u64 {
    let scale = 10_f64.powf((number.max(1.0).log10().floor() - 1.0).max(0.0));
    ((number / scale).round() * scale) as u64
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
