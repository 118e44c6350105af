SELECT remove_sample_data() AS "report!"
