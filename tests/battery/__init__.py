"""The full numbers: races of processes and kills under load, compared with what was acknowledged (`make battery`)."""
