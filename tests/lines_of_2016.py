"""Every line of the original README, and every fab task and tool of the original server, as they were called.

`docs/from_2016.md` has a row for each; the laws of that table and the tests that type the lines read them here.
"""

SETTING_UP = [
    "pip install -Ur requirements.txt",
    "python manage.py db upgrade",
    "python manage.py db migrate",
    "DATABOARD_DB_URL=postgresql://<user>:<password>@localhost/<db>",
    "DATABOARD_DB_URL=sqlite:///<path>",
    "DATABOARD_DB_URL_TEST",
    "DATABOARD_TEST=True",
    "DATABOARD_TEST=False",
    "DATABOARD_DB_PERF",
    "fab test_setup",
    "fab serve",
    "fab serve:80",
    "fab profile:port,profiling_output_file",
]
LOAD_TEST = [
    "locust -f locustfile.py",
    "DATABOARD_USERNAME",
    "DATABOARD_PASSWORD",
    "WTF_CSRF_ENABLED=False",
    "http://127.0.0.1:8089/",
]
PUBLISHING = [
    "fab publish_problem:<problem_name>,target=local",
    "fab publish_problem:<problem_name>,target=test",
    "fab publish_problem:<problem_name>,target=production",
    "fab publish_software:target=test",
    "fab publish_software:target=production",
]
VARIABLE_STARS = [
    "fab add_workflow_element_type:classifier,code",
    "fab add_workflow:feature_extractor_classifier_calibrator_workflow,feature_extractor,classifier,calibrator",
    "fab add_score_type:test_score_type,True,0.0,inf",
    "fab add_problem:variable_stars",
    "fab add_event:variable_stars",
]
DRUG_SPECTRA = [
    'fab add_score_type:error_mare_mixed,"1",0.0,inf',
    'fab add_score_type:error_mixed,"1",0.0,1.0',
    'fab add_score_type:mare_mixed,"1",0.0,inf',
    'fab add_score_type:mare,"1",0.0,inf',
    "fab add_workflow_element_type:feature_extractor_reg,code",
    "fab add_workflow_element_type:feature_extractor_clf,code",
    "fab add_workflow:feature_extractor_classifier_regressor_workflow,feature_extractor_clf,classifier,"
    "feature_extractor_reg,regressor",
    "fab add_problem:drug_spectra",
    "fab add_event:drug_spectra",
    "fab sign_up_team:drug_spectra,kegl",
]
AIR_PASSENGERS = [
    "fab add_workflow_element_type:external_data,data",
    "fab add_workflow:feature_extractor_regressor_with_external_data_workflow,feature_extractor,regressor,"
    "external_data",
    "fab add_problem:air_passengers",
    "fab add_event:air_passengers_dssp4",
    "fab sign_up_team:air_passengers_dssp4,kegl",
    "fab sign_up_team:air_passengers_dssp4,agramfort",
]
README = [*SETTING_UP, *LOAD_TEST, *PUBLISHING, *VARIABLE_STARS, *DRUG_SPECTRA, *AIR_PASSENGERS]

#: Tasks that the README did not name, with their arguments.
OTHER_TASKS = [
    "fab publish_local_test",
    "fab approve_user:u",
    "fab make_event_admin:e,u",
    "fab send_data_datarun:problem_name,host_url,username,userpassd",
    "fab train_test_datarun:data_id,host_url,username,userpassd,e",
    "fab get_trained_tested_datarun:host_url,username,userpassd,e",
    "fab train_test:e,t,s,state=state,force=False",
    "fab compute_contributivity:event_name",
    "fab compute_contributivity_and_save_leaderboards:event_name",
    "fab print_submissions:e,t,s",
    "fab print_submission_similaritys",
    "fab delete_submission:e,t,s",
    "fab create_user:name,password,lastname,firstname,email",
    "fab generate_single_password",
    "fab generate_passwords:users_csv,password_csv",
    "fab add_users_from_file:users_csv,password_csv",
    "fab send_password_mail:user_name,password",
    "fab send_password_mails:password_csv",
    "fab sign_up_event_users_from_file:users_csv,event",
    "fab set_state:e,t,s,state",
    "fab score_submission",
    "fab update_leaderboards",
    "fab update_user_leaderboards:e,u",
    "fab update_all_user_leaderboards",
    "fab backend_train_test_loop",
    "fab deploy_locally",
    "fab exclude_from_ensemble:e,t,s",
    "fab set_n_submissions",
    "fab prepare_data",
    "fab dump_user_interactions",
]
#: Scripts, cron lines, files and variables of the operator.
OPERATIONS = [
    "tools/deploy_databoard.sh {disk} {dump}",
    "env.sh: DATABOARD_PATH",
    "env.sh: DATABOARD_DB_NAME, DATABOARD_DB_USER, DATABOARD_DB_PASSWORD",
    "env.sh: SCIENCEFS_LOGIN",
    "env.sh: DATARUN_URL, DATARUN_USERNAME, DATARUN_PASSWORD",
    "tools/setup_database.sql",
    "tools/dump_db.sh",
    "tools/housekeeping.sh",
    "tools/prod_db_to_test.sh",
    "tools/export_to_csv.sh",
    "Apache with mod_wsgi",
    "Celery",
    "MAX_CONTENT_LENGTH",
    "make test",
]
#: What lay in the folder of a problem.
KIT = [
    "starting_kit/",
    "starting_kit.zip",
    "user_test_submission.py",
    "deposited_submissions/<team>/<submission>/",
    "data/raw",
    "data/public",
    "data/private",
    "databoard/specific/problems/<name>.py",
    "databoard/specific/events/<name>.py",
    "databoard/specific/workflows/<name>.py",
    "databoard/specific/score_types/<name>.py",
]

#: Pages of the later versions whose content has another address today.
PAGES = [
    "/description",
    "/description/<event>",
    "/rules/<event>",
    "/teaching",
    "/teaching/<event>",
    "/notebook/<problem>",
    "/download_starting_kit/<event>",
]
