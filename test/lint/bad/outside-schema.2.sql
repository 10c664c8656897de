CREATE TABLE other.t (a integer);
