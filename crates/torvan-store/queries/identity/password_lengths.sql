SELECT security_number('password_length') AS "alone!", security_number('password_length_with_mfa') AS "with_second_factor!"
