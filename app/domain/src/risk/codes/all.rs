//! The table of them.

use super::{Code, code};

const NOTHING: &str = "Nothing: it speaks for the user.";
const WITH_OTHERS: &str = "Nothing by itself: look at the reasons beside it.";
const ASK: &str = "Ask the user, or end the session until they have answered.";

/// All codes, by what they are about.
pub const ALL: &[Code] = &[
    code(
        "net.country.new",
        "The user has never logged in from this country.",
        "Ask whether they travel; a new device beside it is alarming.",
    ),
    code("net.country.known", "The user logs in from this country.", NOTHING),
    code(
        "net.country.rare",
        "Nothing is known of the user yet, and hardly any user of the project is in this country.",
        WITH_OTHERS,
    ),
    code(
        "net.asn.new",
        "The user has never used this network (autonomous system), in a country they are known in.",
        WITH_OTHERS,
    ),
    code("net.asn.known", "The user uses this network.", NOTHING),
    code("net.asn.rare", "Hardly any user of the project in this country uses this network.", WITH_OTHERS),
    code(
        "net.prefix.new",
        "A new address range (/24, or /48 of IPv6) of a network the user is known in.",
        "Nothing by itself: providers move users between ranges.",
    ),
    code("net.prefix.known", "The user uses this address range.", NOTHING),
    code("net.prefix.rare", "Hardly any user of the project uses this address range.", WITH_OTHERS),
    code(
        "net.address.new",
        "A new address (/64 of IPv6) in a known range; a third of all honest logins show one.",
        WITH_OTHERS,
    ),
    code("net.address.known", "The user has used this very address.", NOTHING),
    code("net.address.rare", "Hardly any user of the project uses this address.", WITH_OTHERS),
    code(
        "net.address.unreadable",
        "What was sent as the address is none, and the user's logins have one: whoever forges the header hides the origin.",
        "Check whether the application takes the address from a header that clients can set. Ask the user.",
    ),
    code(
        "net.address.absent",
        "There is no address, and the user's logins have one: nothing can be said of where it came from.",
        "Check whether the application sends the address with every login. Ask the user.",
    ),
    code(
        "net.address.private",
        "The address is private or reserved and has no place, and the user's logins have one: the origin is hidden.",
        "Check whether the application takes the address from a header that clients can set, or sends its proxy's own. Ask the user.",
    ),
    code("net.open", "The origin is not hidden behind a data centre or a VPN.", NOTHING),
    code(
        "net.hosting",
        "The address belongs to a data centre. Half of all attackers hide like this, few users do.",
        "Check whether the user runs a VPN or a remote desktop; if many do, name their exits in an allow rule.",
    ),
    code(
        "net.vpn",
        "The address is the exit of a commercial VPN.",
        "As for a data centre. Users who always use a VPN are not told this.",
    ),
    code("net.tor", "The address is an exit of the Tor network.", ASK),
    code("net.tor.exit", "Tor, on top of what any hidden origin says.", ASK),
    code(
        "device.token.unknown",
        "The device token (cookie or device id) was never seen on this account.",
        "Ask. With a usual network and browser it is most often a new device or a cleared cookie.",
    ),
    code("device.token.known", "The device has been used by this user.", NOTHING),
    code("device.token.missing", "The application expected its device cookie and got none.", WITH_OTHERS),
    code(
        "device.token.absent",
        "No device token came, and every login of the user before had one: a cleared cookie, or one left out.",
        WITH_OTHERS,
    ),
    code(
        "device.token.elsewhere",
        "A known device token came from another kind of client than it was given to: cookies do not walk.",
        "End the session: the cookie was probably copied.",
    ),
    code(
        "client.family.new",
        "The user has never used this operating system, kind of device and browser together.",
        WITH_OTHERS,
    ),
    code("client.family.known", "The user uses this kind of client.", NOTHING),
    code(
        "client.family.rare",
        "Nothing is known of the user yet, and hardly any user of the project has this kind of client.",
        WITH_OTHERS,
    ),
    code(
        "client.unreadable",
        "There is no user agent, or one that tells nothing, and the user's logins have one: the client is hidden.",
        "Check whether the application sends the user agent with every login. Ask the user.",
    ),
    code(
        "client.hints.differ",
        "The browser's client hints name another system or kind of device than its user agent.",
        "Look for a program that pretends to be a browser; a browser with a forged user agent looks the same.",
    ),
    code(
        "client.version.downgrade",
        "The browser is older than the one used before: browsers update, they do not go back.",
        "Look for a forged user agent; a second computer that lags behind looks the same.",
    ),
    code("client.version.jump", "The browser is releases ahead of the one used before.", WITH_OTHERS),
    code("client.version.usual", "The browser's version follows the one used before.", NOTHING),
    code(
        "client.bot",
        "A program rather than a browser.",
        "If it is the user's own script, give it a key of its own or an allow rule.",
    ),
    code(
        "travel.impossible",
        "Farther from the last login than anybody travels in the time between, after the error of the data.",
        "Nothing by itself: mobile carriers and relays move addresses, too. With a new device, ask.",
    ),
    code("hour.unusual", "The user hardly ever logs in at this hour.", WITH_OTHERS),
    code("hour.usual", "The user often logs in at this hour.", NOTHING),
    code(
        "account.failures",
        "Failed attempts on this account in the last day; those from other networks count most.",
        "If it succeeded after them, change the password.",
    ),
    code(
        "account.bruteforce",
        "It succeeded after many failures in a row on this account: from the same address or address range, or, from wherever, more than NIST SP 800-63B lets anybody have (100).",
        "Change the password and end the session: it was guessed, or a program of the user's has an old one.",
    ),
    code(
        "account.challenge.failures",
        "A wrong second factor, with four or more before it, each within an hour: whoever guesses at it has the password.",
        "Change the password and end the session. At the tenth an alert opens.",
    ),
    code(
        "account.challenge.guessed",
        "After five or more wrong second factors in a row the right one may be a guess, and vouches for nothing.",
        "Ask the user by another way. If it was not them, change password and second factor.",
    ),
    code(
        "account.challenge.relayed",
        "Within a week after the user said that a login was not theirs a right second factor vouches for no unusual login: it may be relayed, too.",
        "Ask the user by another way. Their yes, or an operator's, ends it.",
    ),
    code(
        "account.password.breached",
        "The application found the password in a collection of stolen ones.",
        "Have the user choose another password: whoever has the collection can log in.",
    ),
    code(
        "wave.attempt",
        "It failed, and is part of a wave of guesses that an alert tells of.",
        "Look at the alert; whoever got in is told by an alert of their own.",
    ),
    code(
        "user.reported",
        "Resembles a login that this user or an operator said was not theirs.",
        "Change the password: whoever it was knows it. The session is ended by itself.",
    ),
    code(
        "user.reported.elsewhere",
        "Resembles a login that was said not to be another user’s own.",
        "Ask the user: one thief often has several accounts. A shared network looks the same.",
    ),
    code("rule.deny", "A rule denies it.", "Change the rule if it is wrong."),
    code("rule.allow", "A rule allows it.", "Change the rule if it is wrong."),
    code(
        "rule.challenge",
        "A rule asks for a second factor, whatever the habits say.",
        "Change the rule if it is wrong.",
    ),
    code(
        "rule.evidence",
        "A rule counts something as evidence that the habits do not.",
        "Change the rule if it is wrong.",
    ),
    code(
        "rule.notify",
        "A rule wants the operators to know.",
        "Look at it; the user was not asked because of it.",
    ),
    code("rule.revoke", "A rule ends sessions because of it.", "Look at the order that it gave."),
    code(
        "global.stuffing.hit",
        "It succeeded from where many accounts are being tried once or twice each.",
        "Change the password: the pair of name and password is in somebody's list.",
    ),
    code(
        "global.spray.hit",
        "It succeeded from where a few passwords are being tried on many accounts, slowly.",
        "Change the password to one that is not common.",
    ),
    code(
        "account.bruteforce.distributed",
        "Several places failed to log in to this one account before it succeeded, more than a wave over many accounts explains.",
        "Change the password; a second factor ends it.",
    ),
    code(
        "session.fingerprint.changed",
        "The operating system, browser or TLS fingerprint changed within a session.",
        "End the session: its cookie was copied.",
    ),
    code(
        "session.network.changed",
        "The network changed within a session as it does not for this user.",
        WITH_OTHERS,
    ),
    code(
        "session.travel.impossible",
        "The session goes on in a place that no aeroplane reaches in the time since the user was last seen in it, and where they have not been lately.",
        "Ask whether they turned a VPN on; else end the session: its cookie was copied.",
    ),
    code(
        "session.interleaved",
        "Two origins take turns in one session: within a minute, or too far apart for anybody who travels.",
        "End the session: two people hold its cookie.",
    ),
    code(
        "session.awaited",
        "What happened in this session before, or its login, still awaits the user's word: it stays as alarming as it was told.",
        "Have them pass a second factor, answer the question, or close the alert.",
    ),
    code(
        "session.revoked",
        "The session goes on although it was ordered to end.",
        "Refuse the request and end the session: the application has not, or not everywhere.",
    ),
    code(
        "session.ended",
        "The session is used although its user had logged out of it.",
        "End the session and see that the application ends it at the log-out: either it does not, or its cookie was copied.",
    ),
    code(
        "session.user.changed",
        "The session was another user's until now, and nobody had logged out of it.",
        "Check that the application gives a new session id at each login (session fixation), and whose cookie this is.",
    ),
    code(
        "seq.sensitive.soon",
        "Something that gives the account away was done in the session: it says the more, the fewer of your users do it and the sooner after the login it comes.",
        "Ask the user; end the session if it was not them, or if its login was unusual, too.",
    ),
    code(
        "seq.email_then_password",
        "The e-mail address was changed, then the password: whoever did both holds the account.",
        "Ask the user at the old address; end the session if it was not them.",
    ),
    code(
        "seq.email_then_mfa_off",
        "Within half an hour after the e-mail address, or e-mail address and password, the second factor was turned off.",
        "End all sessions and undo the changes: this is what a takeover looks like.",
    ),
];
