// Why a webhook is refused: a status and a text the sender may read.
'use strict';

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

module.exports = Refusal;
