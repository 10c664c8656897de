CREATE TYPE pdauth.t (INPUT = t_in, OUTPUT = pdauth.t_out, ALIGNMENT = double, INTERNALLENGTH = variable);
