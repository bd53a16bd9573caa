// The verbs Porchlight knows by name. Any other string is a legal verb too, and means nothing to the judgement.
// The server's table (app/domain/src/event/verb.rs) says the same: its tests compare them.
'use strict';

module.exports = Object.freeze({
  LOG_IN: 'log-in',
  LOG_IN_DENIED: 'log-in-denied',
  LOG_IN_CHALLENGE: 'log-in-challenge',
  LOG_OUT: 'log-out',
  ACCESS: 'access',
  EMAIL_UPDATE: 'email-update',
  PASSWORD_UPDATE: 'password-update',
  PASSWORD_RESET_REQUEST: 'password-reset-request',
  PASSWORD_RESET: 'password-reset',
  PASSWORD_RESET_FAIL: 'password-reset-fail',
  AUTH_CHALLENGE: 'authentication-challenge',
  AUTH_CHALLENGE_PASS: 'authentication-challenge-pass',
  AUTH_CHALLENGE_FAIL: 'authentication-challenge-fail',
  TWO_FACTOR_DISABLE: 'two-factor-disable',
  DESKTOP_LOGIN_SUCCESS: 'desktop-login-success',
  TWO_FACTOR_UPDATE: 'two-factor-update',
  RECOVERY_CODES_VIEW: 'recovery-codes-view',
  RECOVERY_UPDATE: 'recovery-update',
  API_KEY_CREATE: 'api-key-create',
  DATA_EXPORT: 'data-export',
  PAYOUT_UPDATE: 'payout-update',
});
