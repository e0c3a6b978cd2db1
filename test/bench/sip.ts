// The registrar beside kamailio: server on one core, load on the other, each in turns.
